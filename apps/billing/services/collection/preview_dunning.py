from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from apps.billing.dunning import Placed, Step, place_steps
from apps.billing.dunning_selectors import policy_for, steps_of
from apps.billing.enums import CollectionStatus, DunningAction
from apps.billing.models import CollectionCase, DunningStepTaken
from apps.invoices.models import Invoice
from apps.payments.selectors import last_automatic_failure


@dataclass(frozen=True, slots=True)
class ForeseenStep:
    """A step with its instant (UTC), and whether it comes after a soft and after a hard decline.

    Of a step that was taken neither is true any more.
    """

    step: Step
    at: datetime
    taken_at: datetime | None
    problem: str
    after_soft: bool
    after_hard: bool


@dataclass(frozen=True, slots=True)
class Foreseen:
    """What becomes of an invoice that nobody pays.

    `is_assumed` says that no charge has failed yet: the steps are those of a charge that fails at
    `first_failed_at`. `decline_kind` is that of the last charge without the customer.
    """

    case: CollectionCase
    policy_name: str
    first_failed_at: datetime
    is_assumed: bool
    decline_kind: str
    steps: Sequence[ForeseenStep]


def preview_dunning(*, invoice: Invoice, at: datetime) -> Foreseen | None:
    """The timeline of an invoice as it stands at `at` (customer's time), changing nothing.

    None where no machine collects it: it is sent to be paid, it is a draft, or nothing was due.
    """
    case = CollectionCase.objects.select_related("customer", "policy").filter(invoice=invoice).first()
    if case is None:
        return None
    policy = case.policy if case.first_failed_at else policy_for(invoice)
    assumed_at = max(case.next_attempt_at or at, at)
    placed = place_steps(
        steps=steps_of(policy),
        first_failed_at=case.first_failed_at or assumed_at,
        zone=case.customer.time_zone,
    )
    last = last_automatic_failure(invoice.pk)
    taken = {(row.day, row.action): row for row in case.steps_taken.all()}
    is_over = case.status in (CollectionStatus.SETTLED, CollectionStatus.EXHAUSTED)
    return Foreseen(
        case=case,
        policy_name=policy.name if policy else "Standard",
        first_failed_at=case.first_failed_at or assumed_at,
        is_assumed=case.first_failed_at is None,
        decline_kind=last.decline_kind if last else "",
        steps=[_foreseen(each, taken.get(each.step.key), is_over, at) for each in placed],
    )


def _foreseen(placed: Placed, taken: DunningStepTaken | None, is_over: bool, at: datetime) -> ForeseenStep:
    is_retry = placed.step.action == DunningAction.RETRY
    # A retry that passed unused is not made up for; everything else is.
    comes = taken is None and not is_over and not (is_retry and placed.at < at)
    return ForeseenStep(
        step=placed.step,
        at=placed.at,
        taken_at=taken.taken_at if taken else None,
        problem=taken.problem if taken else "",
        after_soft=comes,
        after_hard=comes and not is_retry,
    )
