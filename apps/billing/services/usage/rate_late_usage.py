from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal

from apps.billing.late_selectors import closed_usage, without_drafted
from apps.billing.services.usage.rate_again import Difference, differences_of
from apps.billing.services.usage.rate_late_commitment import commitment_differences
from apps.invoices.models import InvoiceLine
from apps.invoices.progressive_parts import progressive_parts
from apps.invoices.selectors import creditable_of
from apps.invoices.services.plan_credit import CREDITABLE
from apps.plans.enums import LateUsage
from apps.pricing.charge import Charge, with_revision
from apps.pricing.money import Money
from apps.subscriptions.models import Subscription, SubscriptionPeriod
from apps.usage.selectors import current_watermark


@dataclass(frozen=True, slots=True)
class LateCharges:
    """What late usage comes to: charges for an invoice (below zero: lines that take back), and credits
    (below zero) for credit notes on what billed it.
    """

    charges: list[Charge] = field(default_factory=list)
    credits: list[Charge] = field(default_factory=list)


def rate_late_usage(*, subscription: Subscription, at: datetime, below: int | None = None) -> LateCharges:
    """Rate closed periods again whose usage changed since, and return what is owed for them by the meters'
    policies, for an invoice that is being made at `at`.

    A minimum commitment that was topped up to is topped up by so much less. Runs in the caller's transaction
    on a locked subscription, before it closes further periods. Each period
    is rated as a whole with all events that are visible, and only the difference to its lines counts: so an
    event is never billed twice, whichever watermark it is above. The periods' watermarks move on. Also a bill
    of what was stored below an earlier watermark takes all that is late: rated below it, a period could miss
    what it has billed already.
    """
    if not subscription.is_metered:
        return LateCharges()
    # Taken before anything is read: what is stored later than this is found by the next search.
    watermark = current_watermark()
    found = closed_usage(subscription=subscription, at=at)
    # The periods that this bill closes are closed with `below`, if it names one: the next look begins there.
    looked = watermark if below is None else min(watermark, below)
    changed = without_drafted(subscription, found)
    if len(changed) == len(found):
        # Saved with the subscription when its periods turn; unsaved, the next look begins where this one did.
        subscription.late_below = looked
    differences = differences_of(changed)
    late = late_charges([*differences, *commitment_differences(differences)])
    move_watermark((usage.period for usage in changed), watermark)
    return late


def move_watermark(periods: Iterable[SubscriptionPeriod], below: int) -> None:
    """Write down that closed periods were rated again with all that was stored below a watermark."""
    keys = {period.pk for period in periods}
    if keys:
        SubscriptionPeriod.objects.filter(pk__in=keys).update(rerated_below=below)


def late_charges(differences: Iterable[Difference], *, at_once: bool = False) -> LateCharges:
    """Say where differences go: what is owed to an invoice, what is owed back to a line that takes back, or
    to a credit note where the meter says so or no other invoice comes (`at_once`).
    """
    late = LateCharges()
    for difference in differences:
        if difference.charge.amount.minor > 0:
            late.charges.append(difference.charge)
            continue
        noted = at_once or difference.usage.policy is LateUsage.CORRECTION
        for line, charge in _taken_back(difference):
            # A credit note gives back what its invoice billed, so not what an earlier one did.
            is_note = noted and line.invoice.status in CREDITABLE and not line.progressive_minor
            (late.credits if is_note else late.charges).append(charge)
    return late


def _taken_back(difference: Difference) -> list[tuple[InvoiceLine, Charge]]:
    """A negative difference on the lines that billed it, the newest first: never more than is left of each.

    What was given back otherwise meanwhile is not given back again, whether of the line itself or of what
    progressive invoices billed of it.
    """
    standing = [line for line in difference.lines if line.voided_at is None and line.amount_minor > 0]
    left = creditable_of(standing)
    customer_id = difference.usage.item.subscription.customer_id
    early = progressive_parts(standing, customer_id=customer_id)
    for line in standing:
        left[line.pk] += early[line.pk].left_minor if line.pk in early else line.progressive_minor
    owed = -difference.charge.amount.minor
    parts: list[tuple[InvoiceLine, Charge]] = []
    for line in reversed(standing):
        part = min(owed, left[line.pk])
        if part > 0:
            parts.append((line, _part(difference, line, part, len(parts))))
            owed -= part
    return parts


def _part(difference: Difference, line: InvoiceLine, minor: int, place: int) -> Charge:
    charge, amount = difference.charge, -Money(minor, difference.charge.currency)
    key = with_revision(charge.key, difference.billed.revision + place)
    metadata = {**charge.metadata, "credits_line": str(line.pk)}
    # The units are told once, however many lines they are taken back from.
    quantity = Decimal(0) if place else charge.quantity
    return replace(charge, key=key, amount=amount, exact=amount.major, quantity=quantity, metadata=metadata)
