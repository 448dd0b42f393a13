from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal

from django.db.models import Sum

from apps.billing.coverage import covered_until
from apps.billing.late_selectors import ClosedUsage, closed_usage, without_drafted
from apps.invoices.enums import CreditNoteStatus, CreditReason
from apps.invoices.models import CreditNoteLine, Invoice, InvoiceLine
from apps.invoices.selectors import creditable_of
from apps.invoices.services.plan_credit import CREDITABLE
from apps.plans.enums import LateUsage
from apps.pricing.charge import Charge, charge_key, charge_parts
from apps.pricing.exact import total
from apps.pricing.money import Money
from apps.rating.services.rate_early_usage import BilledSoFar
from apps.rating.services.rate_late import USAGE_KINDS, UsagePart, rate_late
from apps.subscriptions.models import Subscription, SubscriptionPeriod
from apps.usage.selectors import current_watermark


@dataclass(frozen=True, slots=True)
class Difference:
    """One part of a closed period rated again: `whole` as it costs by now, `charge` what of that is not
    billed (below zero: too much was), and the lines that billed it.
    """

    usage: ClosedUsage
    whole: Charge
    charge: Charge
    billed: BilledSoFar
    lines: Sequence[InvoiceLine]


@dataclass(frozen=True, slots=True)
class LateCharges:
    """What late usage comes to: charges for an invoice (below zero: lines that take back), and credits
    (below zero) for credit notes on what billed it.
    """

    charges: list[Charge] = field(default_factory=list)
    credits: list[Charge] = field(default_factory=list)


def rate_late_usage(*, subscription: Subscription, at: datetime) -> LateCharges:
    """Rate closed periods again whose usage changed since, and return what is owed for them by the meters'
    policies, for an invoice that is being made at `at`.

    Runs in the caller's transaction on a locked subscription, before it closes further periods. Each period
    is rated as a whole with all events that are visible, and only the difference to its lines counts: so an
    event is never billed twice, whichever watermark it is above. The periods' watermarks move on. Also a bill
    of what was stored below an earlier watermark takes all that is late: rated below it, a period could miss
    what it has billed already.
    """
    if not subscription.is_metered:
        return LateCharges()
    # Taken before anything is read: what is stored later than this is found by the next search.
    watermark = current_watermark()
    changed = without_drafted(subscription, closed_usage(subscription=subscription, at=at))
    late = late_charges(differences_of(changed))
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
            is_note = noted and line.invoice.status in CREDITABLE
            (late.credits if is_note else late.charges).append(charge)
    return late


def differences_of(closed: Collection[ClosedUsage], *, redrafted: Invoice | None = None) -> list[Difference]:
    """Rate closed usage again and compare it, part by part, with the lines that billed it.

    The lines of a draft that is to be written anew do not count.
    """
    lines = _lines_of(closed, redrafted)
    corrected = _corrected([line for found in lines.values() for line in found])
    return [
        difference
        for usage in closed
        for difference in _differences(usage, lines.get(_place(usage), []), corrected)
    ]


def _differences(
    usage: ClosedUsage, lines: Sequence[InvoiceLine], corrected: Mapping[int, int]
) -> list[Difference]:
    parts: dict[UsagePart, list[InvoiceLine]] = {}
    for line in lines:
        dimension, _, _ = charge_parts(line.charge_key)
        parts.setdefault((dimension, line.kind), []).append(line)
    billed = {part: _billed(found, corrected) for part, found in parts.items()}
    subscription = usage.item.subscription
    rerated = rate_late(
        item=usage.item,
        period=usage.period,
        billed=billed,
        covered_until=covered_until(subscription, usage.period),
    )
    return [
        Difference(
            usage,
            one.whole,
            one.late,
            billed.get((one.whole.dimension, one.whole.kind), BilledSoFar()),
            parts.get((one.whole.dimension, one.whole.kind), []),
        )
        for one in rerated
    ]


def _billed(lines: Sequence[InvoiceLine], corrected: Mapping[int, int]) -> BilledSoFar:
    standing = [line for line in lines if line.voided_at is None]
    return BilledSoFar(
        amount_minor=sum(line.amount_minor - corrected.get(line.pk, 0) for line in standing),
        quantity=total(line.quantity for line in standing),
        revision=1 + max(charge_parts(line.charge_key)[2] for line in lines),
    )


def _place(usage: ClosedUsage) -> tuple[int, datetime]:
    return usage.item.pk, usage.period.starts_at


def _lines_of(
    closed: Collection[ClosedUsage], redrafted: Invoice | None
) -> dict[tuple[int, datetime], list[InvoiceLine]]:
    """The usage lines of closed periods by item and start, void ones too: their keys' revisions are spent."""
    if not closed:
        return {}
    found: dict[tuple[int, datetime], list[InvoiceLine]] = {}
    rows = InvoiceLine.objects.select_related("invoice").filter(
        item_id__in={usage.item.pk for usage in closed},
        period_starts_at__in={usage.period.starts_at for usage in closed},
        kind__in=USAGE_KINDS,
    )
    if redrafted is not None:
        rows = rows.exclude(invoice=redrafted)
    for line in rows.exclude(charge_key="").order_by("pk"):
        if line.item_id is not None and line.period_starts_at is not None:
            found.setdefault((line.item_id, line.period_starts_at), []).append(line)
    return found


def _corrected(lines: Collection[InvoiceLine]) -> dict[int, int]:
    """By line what credit notes that correct usage took back of it, in minor units.

    Goodwill stands under other reasons: it does not make the usage cost less.
    """
    rows = (
        CreditNoteLine.objects.filter(
            invoice_line__in=[line.pk for line in lines],
            credit_note__status=CreditNoteStatus.ISSUED,
            credit_note__reason=CreditReason.USAGE_CORRECTION,
        )
        .values_list("invoice_line_id")
        .annotate(sum=Sum("amount_minor"))
    )
    return {int(line): int(amount) for line, amount in rows} if lines else {}


def _taken_back(difference: Difference) -> list[tuple[InvoiceLine, Charge]]:
    """A negative difference on the lines that billed it, the newest first: never more than is left of each.

    What was given back otherwise meanwhile is not given back again.
    """
    standing = [line for line in difference.lines if line.voided_at is None and line.amount_minor > 0]
    left = creditable_of(standing)
    owed = -difference.charge.amount.minor
    parts: list[tuple[InvoiceLine, Charge]] = []
    for line in reversed(standing):
        part = min(owed, left[line.pk])
        if part > 0:
            parts.append((line, _part(difference, line, part, len(parts))))
            owed -= part
    return parts


def _part(difference: Difference, line: InvoiceLine, minor: int, place: int) -> Charge:
    charge, item, period = difference.charge, difference.usage.item, difference.usage.period
    amount = -Money(minor, charge.currency)
    revision = difference.billed.revision + place
    key = charge_key(
        item.public_id, item.price.code, period.starts_at, charge.dimension, charge.kind, revision
    )
    metadata = {**charge.metadata, "credits_line": str(line.pk)}
    # The units are told once, however many lines they are taken back from.
    quantity = Decimal(0) if place else charge.quantity
    return replace(charge, key=key, amount=amount, exact=amount.major, quantity=quantity, metadata=metadata)
