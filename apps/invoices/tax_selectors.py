"""Tax owed by place, rate and period: what a VAT, OSS or GST return asks for. Minor units."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db.models import Count, Q, QuerySet, Sum

from apps.invoices.enums import CreditNoteStatus, InvoiceStatus
from apps.invoices.models import CreditNote, CreditNoteLine, Invoice, InvoiceLine
from apps.invoices.tax_places import currency_of, local_amounts, local_share

KEY = ("jurisdiction", "registration", "kind", "category", "name", "percent")


@dataclass(frozen=True, slots=True)
class TaxRow:
    """What one tax of one place came to in a period: invoices less credit notes and voided ones.

    `documents` counts all of them; `category` is a code of UNCL5305. `local_currency` is that in which the
    place asks for the tax, whatever the documents are in, with both amounts in it; empty, and without
    amounts, where it asks for none, or where no document told any (nothing is due on them).
    """

    jurisdiction: str
    registration: str
    kind: str
    category: str
    name: str
    percent: Decimal
    currency: str
    local_currency: str = ""
    taxable_minor: int = 0
    tax_minor: int = 0
    documents: int = 0
    local_taxable_minor: int | None = None
    local_tax_minor: int | None = None

    def plus(
        self, taxable_minor: int, tax_minor: int, documents: int, *, local: tuple[int, int] = (0, 0)
    ) -> TaxRow:
        """The same with more in it; `local`: what was taxed and the tax, in local currency."""
        taxable, tax = local
        return replace(
            self,
            taxable_minor=self.taxable_minor + taxable_minor,
            tax_minor=self.tax_minor + tax_minor,
            documents=self.documents + documents,
            local_taxable_minor=(self.local_taxable_minor or 0) + taxable if self.local_currency else None,
            local_tax_minor=(self.local_tax_minor or 0) + tax if self.local_currency else None,
        )


def tax_by_place(*, brand_id: int, livemode: bool, since: datetime, until: datetime) -> list[TaxRow]:
    """The tax of [since, until) (UTC) by place, registration, rate and currency.

    An invoice counts when it was issued, a credit note when it was issued, and what is voided counts once
    more, with its sign turned, when it was voided: a period that was declared stays as it was. What is told
    in local currency is the sum of what the documents tell, each at its own rate.
    """
    books = {"brand_id": brand_id, "livemode": livemode}
    invoices = Invoice.objects.filter(number__isnull=False, **books)
    notes = CreditNote.objects.filter(**books).select_related("invoice").prefetch_related("invoice__taxes")
    found: dict[tuple[Any, ...], TaxRow] = {}
    for documents, told, moment, sign in (
        (invoices, "tax_facts", "finalized_at", 1),
        (invoices, "tax_facts", "voided_at", -1),
        (notes, "invoice__tax_facts", "issued_at", -1),
        (notes, "invoice__tax_facts", "voided_at", 1),
    ):
        inside = documents.filter(**{f"{moment}__gte": since, f"{moment}__lt": until})
        foreign = Q(**{f"{told}__has_key": "local"})
        for row in [*_summed(inside.exclude(foreign), since), *_told(inside.filter(foreign))]:
            key = tuple(getattr(row, name) for name in (*KEY, "currency", "local_currency"))
            known = found.get(key) or TaxRow(*key)
            local = (sign * (row.local_taxable_minor or 0), sign * (row.local_tax_minor or 0))
            found[key] = known.plus(
                sign * row.taxable_minor, sign * row.tax_minor, row.documents, local=local
            )
    return [found[key] for key in sorted(found)]


def _summed(documents: QuerySet[Any], since: datetime) -> list[TaxRow]:
    """The taxes of documents that tell none in another currency; where theirs is the place's, that is it."""
    keys = [f"taxes__{name}" for name in KEY]
    sums = documents.filter(taxes__isnull=False).prefetch_related(None).order_by()
    rows = sums.values_list(*keys, "currency").annotate(
        Sum("taxes__taxable_minor"), Sum("taxes__tax_minor"), Count("pk", distinct=True)
    )
    return [_row(row, since) for row in rows]


def _row(row: Sequence[Any], since: datetime) -> TaxRow:
    *key, taxable, tax, documents = row
    found, sums = TaxRow(*key), (int(taxable), int(tax))
    own = currency_of(kind=found.kind, jurisdiction=found.jurisdiction, on=since.date())
    local = found.currency if own == found.currency else ""
    return replace(found, local_currency=local).plus(*sums, documents, local=sums)


def _told(documents: QuerySet[Any]) -> Iterator[TaxRow]:
    """The taxes of documents that tell them in another currency too, a row for each."""
    for document in documents.prefetch_related("taxes"):
        of_note = isinstance(document, CreditNote)
        invoice = document.invoice if of_note else document
        local = local_share(document, invoice) if of_note else invoice.tax_facts["local"]
        taxes, at = document.taxes.all(), invoice.finalized_at
        amounts = local_amounts(taxes, local, currency=document.currency, at=at) if local else {}
        for tax in taxes:
            key = [getattr(tax, name) for name in KEY]
            row = (*key, document.currency, tax.taxable_minor, tax.tax_minor, 1)
            if local is None or tax.position not in amounts:
                yield _row(row, at)
            else:
                found = replace(TaxRow(*row[: len(KEY) + 1]), local_currency=local["currency"])
                yield found.plus(tax.taxable_minor, tax.tax_minor, 1, local=amounts[tax.position])


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
