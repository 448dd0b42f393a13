from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Sum

from apps.billing.coverage import covered_until
from apps.billing.late_selectors import ClosedUsage
from apps.invoices.enums import CreditNoteStatus, CreditReason
from apps.invoices.models import CreditNoteLine, Invoice, InvoiceLine
from apps.pricing.charge import Charge, charge_parts
from apps.pricing.exact import total
from apps.rating.services.rate_early_usage import BilledSoFar
from apps.rating.services.rate_late import USAGE_KINDS, UsagePart, rate_late


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


def differences_of(closed: Collection[ClosedUsage], *, redrafted: Invoice | None = None) -> list[Difference]:
    """Rate closed usage again and compare it, part by part, with the lines that billed it.

    The lines of a draft that is to be written anew do not count.
    """
    lines = _lines_of(closed, redrafted)
    corrected = corrected_of([line for found in lines.values() for line in found])
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
    billed = {part: billed_by(found, corrected) for part, found in parts.items()}
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


def billed_by(lines: Sequence[InvoiceLine], corrected: Mapping[int, int]) -> BilledSoFar:
    """What lines of one part came to, less what was corrected of them; void ones count as revisions only."""
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


def corrected_of(lines: Collection[InvoiceLine]) -> dict[int, int]:
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
