"""Reads of timelines: which one an invoice has, and where it stands on it."""

from __future__ import annotations

from collections.abc import Sequence

from apps.billing.dunning import STANDARD_STEPS, Placed, Step, in_order, place_steps
from apps.billing.enums import DunningAction
from apps.billing.models import CollectionCase, DunningPolicy
from apps.invoices.models import Invoice
from apps.payments.enums import DisputeStatus
from apps.payments.models import Dispute

# A bank that looks into a charge, or has taken it back: nobody is dunned for it by a machine.
CONTESTED = (
    DisputeStatus.WARNING,
    DisputeStatus.NEEDS_RESPONSE,
    DisputeStatus.UNDER_REVIEW,
    DisputeStatus.LOST,
)


def policy_for(invoice: Invoice) -> DunningPolicy | None:
    """The policy of a plan on the invoice (of several, the oldest policy), else the brand's default.

    None means the standard timeline.
    """
    own = DunningPolicy.objects.filter(brand_id=invoice.brand_id)
    plans = invoice.lines.filter(subscription__isnull=False).values("subscription__plan_version__plan_id")
    of_plan = own.filter(plans__plan_id__in=plans).order_by("pk").first()
    return of_plan or own.filter(is_default=True).first()


def steps_of(policy: DunningPolicy | None) -> tuple[Step, ...]:
    """The steps of a policy in their order; the standard ones for none."""
    if policy is None:
        return STANDARD_STEPS
    return tuple(
        in_order(
            Step(
                day=row.day,
                action=DunningAction(row.action),
                mail=row.mail,
                plan_code=row.to_plan.code if row.to_plan else "",
            )
            for row in policy.steps.select_related("to_plan")
        )
    )


def timeline_of(case: CollectionCase) -> list[Placed]:
    """The steps of a case that has failed, each with its instant (UTC); nothing before the first failure."""
    if case.first_failed_at is None:
        return []
    steps = steps_of(case.policy)
    return place_steps(steps=steps, first_failed_at=case.first_failed_at, zone=case.customer.time_zone)


def steps_left(case: CollectionCase, placed: Sequence[Placed]) -> list[Placed]:
    """What of a timeline is no retry, and was not taken yet."""
    taken = set(case.steps_taken.values_list("day", "action"))
    return [each for each in placed if each.step.action != DunningAction.RETRY and each.step.key not in taken]


def is_contested(invoice_id: int) -> bool:
    """Whether a payment of the invoice is disputed, or was lost so."""
    return Dispute.objects.filter(payment__invoice_id=invoice_id, status__in=CONTESTED).exists()


def subscriptions_on(invoice: Invoice) -> list[int]:
    """The subscriptions that an invoice bills, in the one order in which all lock them."""
    ids = invoice.lines.filter(subscription__isnull=False).values_list("subscription_id", flat=True)
    return sorted(set(ids))
