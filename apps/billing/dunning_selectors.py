"""Reads of timelines: which one an invoice has, and where it stands on it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal

from django.db.models import Count, F, OuterRef, Q, QuerySet, Subquery, Sum

from apps.billing.dunning import STANDARD_STEPS, Placed, Step, in_order, place_steps
from apps.billing.enums import CollectionStatus, DunningAction
from apps.billing.errors import DunningPolicyNotFound
from apps.billing.models import CollectionCase, DunningPolicy, DunningStepTaken
from apps.invoices.enums import InvoiceStatus
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


def policies_of(brand_id: int) -> QuerySet[DunningPolicy]:
    """A brand's policies, the default first."""
    return DunningPolicy.objects.filter(brand_id=brand_id).order_by("-is_default", "name", "pk")


def get_policy(*, brand_id: int, reference: str) -> DunningPolicy:
    """The policy with this public id.

    Raises:
        DunningPolicyNotFound: none in this brand (404).
    """
    found = DunningPolicy.objects.filter(brand_id=brand_id, public_id=reference).first()
    if found is None:
        raise DunningPolicyNotFound(f"There is no policy '{reference}'.")
    return found


def cases_listed(*, brand_id: int, livemode: bool) -> QuerySet[CollectionCase]:
    """Every collecting of a brand in one mode whose charge has failed, with its `last_action`."""
    last = DunningStepTaken.objects.filter(case=OuterRef("pk")).order_by("-taken_at", "-pk")
    return (
        CollectionCase.objects.filter(
            invoice__brand_id=brand_id, invoice__livemode=livemode, first_failed_at__isnull=False
        )
        .select_related("invoice", "customer", "policy")
        .annotate(last_action=Subquery(last.values("action")[:1]))
    )


@dataclass(frozen=True, slots=True)
class Recovered:
    """What was paid after a step (the last one that was taken before): a count and minor units."""

    currency: str
    day: int | None
    action: str
    count: int
    amount_minor: int
    rate: Decimal
    """Of all cases of the currency that have failed in the time: percent, to a tenth."""

    @property
    def words(self) -> str:
        if self.day is None:
            return "Before any step"
        return f"Day {self.day}: {DunningAction(self.action).label}"


@dataclass(frozen=True, slots=True)
class RecoveryTotal:
    """Of one currency: what has failed at first, and what of it was paid since."""

    currency: str
    failed: int
    failed_minor: int
    recovered: int
    recovered_minor: int
    rate: Decimal


RECOVERED = Q(status=CollectionStatus.SETTLED, invoice__status=InvoiceStatus.PAID, invoice__paid_minor__gt=0)


def recovery_totals(*, brand_id: int, livemode: bool, since: datetime) -> list[RecoveryTotal]:
    """By currency, of the cases that have failed at first at or after `since` (UTC)."""
    rows = (
        cases_listed(brand_id=brand_id, livemode=livemode)
        .filter(first_failed_at__gte=since)
        .values("invoice__currency")
        .annotate(
            failed=Count("pk"),
            failed_minor=Sum("invoice__total_minor"),
            recovered=Count("pk", filter=RECOVERED),
            recovered_minor=Sum("invoice__paid_minor", filter=RECOVERED, default=0),
        )
        .order_by("invoice__currency")
    )
    return [
        RecoveryTotal(
            row["invoice__currency"],
            row["failed"],
            row["failed_minor"],
            row["recovered"],
            row["recovered_minor"],
            _percent(row["recovered"], row["failed"]),
        )
        for row in rows
    ]


def recovered_by_step(*, brand_id: int, livemode: bool, since: datetime) -> list[Recovered]:
    """What was paid after which step, of the cases that have failed at first at or after `since` (UTC).

    A payment is counted for the last step that was taken before it, or by which it came.
    """
    failed = {
        row.currency: row.failed for row in recovery_totals(brand_id=brand_id, livemode=livemode, since=since)
    }
    last = DunningStepTaken.objects.filter(
        case=OuterRef("pk"), taken_at__lte=OuterRef("settled_at")
    ).order_by("-taken_at", "-pk")
    rows = (
        cases_listed(brand_id=brand_id, livemode=livemode)
        .filter(RECOVERED, first_failed_at__gte=since)
        .annotate(day=Subquery(last.values("day")[:1]), action=Subquery(last.values("action")[:1]))
        .values("invoice__currency", "day", "action")
        .annotate(count=Count("pk"), amount=Sum("invoice__paid_minor"))
        .order_by("invoice__currency", F("day").asc(nulls_first=True), "action")
    )
    return [
        Recovered(
            row["invoice__currency"],
            row["day"],
            row["action"] or "",
            row["count"],
            row["amount"],
            _percent(row["count"], failed[row["invoice__currency"]]),
        )
        for row in rows
    ]


def _percent(part: int, whole: int) -> Decimal:
    return (Decimal(part * 100) / whole).quantize(Decimal("0.1"), ROUND_HALF_UP)
