"""Tax owed by place, rate and period: what a VAT, OSS or GST return asks for. Minor units."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db.models import Count, QuerySet, Sum

from apps.invoices.enums import CreditNoteStatus, InvoiceStatus
from apps.invoices.models import CreditNoteLine, CreditNoteTax, InvoiceLine, InvoiceTax

KEY = ("jurisdiction", "registration", "kind", "category", "name", "percent")


@dataclass(frozen=True, slots=True)
class TaxRow:
    """What one tax of one place came to in a period: invoices less credit notes and voided ones.

    `documents` counts all of them; `category` is a code of UNCL5305.
    """

    jurisdiction: str
    registration: str
    kind: str
    category: str
    name: str
    percent: Decimal
    currency: str
    taxable_minor: int = 0
    tax_minor: int = 0
    documents: int = 0

    def plus(self, taxable_minor: int, tax_minor: int, documents: int) -> TaxRow:
        """The same with more in it."""
        return replace(
            self,
            taxable_minor=self.taxable_minor + taxable_minor,
            tax_minor=self.tax_minor + tax_minor,
            documents=self.documents + documents,
        )


def tax_by_place(*, brand_id: int, livemode: bool, since: datetime, until: datetime) -> list[TaxRow]:
    """The tax of [since, until) (UTC) by place, registration, rate and currency.

    An invoice counts when it was issued, a credit note when it was issued, and what is voided counts once
    more, with its sign turned, when it was voided: a period that was declared stays as it was.
    """
    books = {"brand_id": brand_id, "livemode": livemode}
    window = (since, until)
    found: dict[tuple[Any, ...], TaxRow] = {}
    invoices = InvoiceTax.objects.filter(
        invoice__number__isnull=False, **{f"invoice__{name}": value for name, value in books.items()}
    )
    notes = CreditNoteTax.objects.filter(**{f"credit_note__{name}": value for name, value in books.items()})
    for rows, document, moment, sign in (
        (invoices, "invoice", "finalized_at", 1),
        (invoices, "invoice", "voided_at", -1),
        (notes, "credit_note", "issued_at", -1),
        (notes, "credit_note", "voided_at", 1),
    ):
        for row in _summed(rows, document, moment, window):
            key = row[: len(KEY) + 1]
            taxable, tax, documents = row[len(KEY) + 1 :]
            known = found.get(key) or TaxRow(*key)
            found[key] = known.plus(sign * int(taxable), sign * int(tax), documents)
    return [found[key] for key in sorted(found)]


def _summed(
    rows: QuerySet[Any], document: str, moment: str, window: tuple[datetime, datetime]
) -> list[tuple[Any, ...]]:
    since, until = window
    narrowed = rows.filter(
        **{f"{document}__{moment}__gte": since, f"{document}__{moment}__lt": until}
    ).order_by()
    return list(
        narrowed.values_list(*KEY, f"{document}__currency").annotate(
            taxable=Sum("taxable_minor"),
            tax=Sum("tax_minor"),
            documents=Count(document, distinct=True),
        )
    )


def taxes_credited_of(lines: Collection[InvoiceLine]) -> Counter[tuple[int, int]]:
    """What was given back of each tax of lines: by line id and the tax's position in the line's invoice.

    Of lines with several taxes only. By credit notes and negative lines of issued invoices; void ones do not
    count. No query where there is none.
    """
    given: Counter[tuple[int, int]] = Counter()
    positions = {line.pk: [each["tax"] for each in line.taxes] for line in lines if len(line.taxes) > 1}
    if not positions:
        return given
    noted = CreditNoteLine.objects.filter(
        invoice_line__in=positions, credit_note__status=CreditNoteStatus.ISSUED
    ).values_list("invoice_line_id", "taxes")
    for line_id, taxes in noted:
        given.update({(line_id, each["tax"]): each["minor"] for each in taxes})
    taken = InvoiceLine.objects.filter(credits_line__in=positions, voided_at=None).exclude(
        invoice__status__in=[InvoiceStatus.DRAFT, InvoiceStatus.VOID]
    )
    for key, taxes in taken.values_list("credits_line_id", "taxes"):
        if key is not None:
            # The line has the taxes of the one it takes back, in its order, by positions of its own invoice.
            own = zip(positions[key], taxes, strict=False)
            given.update({(key, position): -each["minor"] for position, each in own})
    return given
