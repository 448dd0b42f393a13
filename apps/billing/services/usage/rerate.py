from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from itertools import groupby

from django.db import transaction

from apps.billing.enums import LateOutcome
from apps.billing.late_selectors import ClosedUsage, closed_usage, without_drafted
from apps.billing.services.subscriptions.make_change import hold_subscription
from apps.billing.services.usage.rate_again import Difference, differences_of
from apps.billing.services.usage.settle_late_usage import LateSettled, settle_late_usage, settles_at_once
from apps.pricing.exact import total
from apps.subscriptions.models import Subscription

# How far back is looked where the meter sets no limit: each period is rated with all its events.
MOST_PERIODS = 24
# Their units are units of the meter; those of a base fee or a minimum are not.
COUNTED = ("usage", "in_advance")


@dataclass(frozen=True, slots=True)
class PeriodDifference:
    """What was billed for the usage of a closed period, and what it costs by now: units, and minor units of
    the subscription's currency.
    """

    usage: ClosedUsage
    billed_quantity: Decimal
    billed_minor: int
    quantity: Decimal
    amount_minor: int
    outcome: LateOutcome

    @property
    def difference_minor(self) -> int:
        """Below zero where too much was billed."""
        return self.amount_minor - self.billed_minor


@dataclass(frozen=True, slots=True)
class Rerating:
    """The closed periods in reach, rated again, and what was settled at once because of it."""

    differences: list[PeriodDifference]
    settled: LateSettled = field(default_factory=LateSettled)


@transaction.atomic
def rerate_subscription(*, subscription_id: int, at: datetime, dry_run: bool = True) -> Rerating:
    """Rate the closed periods of a subscription again that late usage can still reach at `at` (UTC), at most
    24 back, and say what differs from what was billed and what becomes of it.

    Unless it is a dry run, what does not wait for an invoice is settled now, as `settle_late_usage` would
    when it finds it. What waits is left to the next invoice, or to the draft that is still open.
    """
    subscription = hold_subscription(subscription_id=subscription_id)
    closed = closed_usage(subscription=subscription, at=at, changed=False, latest=MOST_PERIODS)
    issued = without_drafted(subscription, closed)
    differences = [
        _period(subscription, usage, list(parts), is_draft=usage not in issued)
        for usage, parts in groupby(differences_of(closed), key=lambda difference: difference.usage)
    ]
    if dry_run:
        return Rerating(differences)
    return Rerating(differences, settle_late_usage(subscription_id=subscription_id, at=at))


def _period(
    subscription: Subscription, usage: ClosedUsage, parts: Sequence[Difference], *, is_draft: bool
) -> PeriodDifference:
    billed = sum(part.billed.amount_minor for part in parts)
    difference = sum(part.charge.amount.minor for part in parts)
    counted = [part for part in parts if part.whole.kind in COUNTED]
    billed_quantity = total(part.billed.quantity for part in counted)
    late_quantity = total(part.charge.quantity for part in counted)
    return PeriodDifference(
        usage=usage,
        billed_quantity=billed_quantity,
        billed_minor=billed,
        quantity=total([billed_quantity, late_quantity]),
        amount_minor=billed + difference,
        outcome=_outcome(subscription, usage, difference, is_draft=is_draft),
    )


def _outcome(
    subscription: Subscription, usage: ClosedUsage, difference: int, *, is_draft: bool
) -> LateOutcome:
    if not difference:
        return LateOutcome.NONE
    if is_draft:
        return LateOutcome.DRAFT
    if not settles_at_once(subscription, usage):
        return LateOutcome.NEXT_INVOICE
    return LateOutcome.SUPPLEMENT if difference > 0 else LateOutcome.CREDIT_NOTE
