"""Reads about invoices: never another brand's, never the other mode's."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from django.db.models import F, Prefetch, QuerySet, Sum

from apps.invoices.enums import CreditNoteStatus, InvoiceStatus, LineKind
from apps.invoices.errors import CreditNoteNotFound, InvoiceNotFound, QuoteNotFound
from apps.invoices.models import CreditNote, CreditNoteLine, Invoice, InvoiceLine, Quote

# What is still to be paid, as `Invoice.due_minor`, for queries over many invoices.
DUE_MINOR = (
    F("total_minor")
    - F("balance_applied_minor")
    - F("prepaid_applied_minor")
    - F("credited_minor")
    - F("paid_minor")
)


def invoices_with_lines() -> QuerySet[Invoice]:
    """Invoices with all that a page or the API shows of them, in a fixed number of queries."""
    return Invoice.objects.select_related("customer__test_clock", "brand").prefetch_related(
        Prefetch("lines", queryset=InvoiceLine.objects.select_related("subscription"))
    )


def get_invoice(*, brand_id: int, livemode: bool, reference: str) -> Invoice:
    """The invoice with this public id or number.

    Raises:
        InvoiceNotFound: none in this brand and mode (404).
    """
    own = invoices_with_lines().filter(brand_id=brand_id, livemode=livemode)
    found = own.filter(public_id=reference).first() or own.filter(number=reference).first()
    if found is None:
        raise InvoiceNotFound(f"There is no invoice '{reference}'.", field="invoice")
    return found


def invoices_of(customer_id: int) -> QuerySet[Invoice]:
    """A customer's finalised invoices that have a number, newest first."""
    return (
        Invoice.objects.filter(customer_id=customer_id, number__isnull=False)
        .select_related("customer")
        .order_by("-created_at", "-id")
    )


def fees_billed_beyond(*, item_ids: Collection[int], at: datetime) -> list[InvoiceLine]:
    """Fee lines of items whose period ends after `at` (UTC), oldest first, of invoices that are not void.

    Drafts count, for they will be issued, and closed invoices too: a line of either is taken back by a
    negative line, for it takes no credit note.
    """
    return list(
        InvoiceLine.objects.select_related("invoice")
        .filter(item_id__in=list(item_ids), kind=LineKind.RECURRING, period_ends_at__gt=at, voided_at=None)
        .exclude(invoice__status=InvoiceStatus.VOID)
        .order_by("id")
    )


def creditable_of(lines: Collection[InvoiceLine]) -> dict[int, int]:
    """What may still be credited of lines, by their key, in minor units before discount and tax.

    A line's amount less what credit notes and negative lines took back of it; void ones do not count. What
    was billed of it progressively stands on the earlier invoices, and is credited there.
    """
    keys = [line.pk for line in lines]
    noted = CreditNoteLine.objects.filter(
        invoice_line__in=keys, credit_note__status=CreditNoteStatus.ISSUED
    ).values_list("invoice_line_id", "amount_minor")
    taken = InvoiceLine.objects.filter(credits_line__in=keys, voided_at=None).values_list(
        "credits_line_id", "amount_minor"
    )
    left = {line.pk: line.amount_minor - line.progressive_minor for line in lines}
    for key, amount in noted:
        left[key] -= amount
    for key, amount in taken:
        if key is not None:
            left[key] += amount
    return left


def takes_back(invoice: Invoice) -> Invoice | None:
    """The first other invoice with a standing line that takes back a part of this one."""
    taken = InvoiceLine.objects.filter(credits_line__invoice=invoice, voided_at=None).exclude(invoice=invoice)
    first = taken.select_related("invoice").order_by("id").first()
    return None if first is None else first.invoice


def given_back_as_unused(lines: Collection[InvoiceLine]) -> set[int]:
    """The keys of fee lines whose unused part was given back before, by a negative line or a credit note."""
    keys = [line.pk for line in lines]
    taken = InvoiceLine.objects.filter(credits_line__in=keys, kind=LineKind.CREDIT, voided_at=None)
    noted = CreditNoteLine.objects.filter(
        invoice_line__in=keys,
        credit_note__status=CreditNoteStatus.ISSUED,
        trace__steps__0__kind="unused_part",
    )
    given = [
        *taken.values_list("credits_line_id", flat=True),
        *noted.values_list("invoice_line_id", flat=True),
    ]
    return {int(key) for key in given if key is not None}


@dataclass(frozen=True, slots=True)
class CreditedParts:
    """What was given back of one line so far, in positive minor units."""

    amount_minor: int = 0
    discount_minor: int = 0
    tax_minor: int = 0

    def plus(self, line: CreditNoteLine) -> CreditedParts:
        """The same with one more line of a credit note."""
        return CreditedParts(
            self.amount_minor + line.amount_minor,
            self.discount_minor + line.discount_minor,
            self.tax_minor + line.tax_minor,
        )


def credited_parts_of(line_ids: Collection[int]) -> dict[int, CreditedParts]:
    """By line id what was given back: by credit notes, and by negative lines of issued invoices.

    Void ones do not count, nor do lines of drafts: what they give back is worked out when they are issued.
    Two queries; lines of which nothing was given back are absent.
    """
    keys = set(line_ids)
    noted = CreditNoteLine.objects.filter(
        invoice_line_id__in=keys, credit_note__status=CreditNoteStatus.ISSUED
    ).values_list("invoice_line_id")
    taken = (
        InvoiceLine.objects.filter(credits_line_id__in=keys, voided_at=None)
        .exclude(invoice__status__in=[InvoiceStatus.DRAFT, InvoiceStatus.VOID])
        .order_by()
        .values_list("credits_line_id")
    )
    found: dict[int, CreditedParts] = {}
    for rows, sign in ((noted, 1), (taken, -1)):
        for key, *sums in rows.annotate(Sum("amount_minor"), Sum("discount_minor"), Sum("tax_minor")):
            known = found.get(key, CreditedParts())
            amount, discount, tax = (sign * int(each) for each in sums)
            found[key] = CreditedParts(
                known.amount_minor + amount, known.discount_minor + discount, known.tax_minor + tax
            )
    return found


def refunded_of(invoice_id: int) -> int:
    """What credit notes of an invoice refunded or are to refund, in minor units."""
    notes = CreditNote.objects.filter(invoice_id=invoice_id, status=CreditNoteStatus.ISSUED)
    return int(notes.aggregate(sum=Sum("refund_minor", default=0))["sum"])


def credit_notes_with_lines() -> QuerySet[CreditNote]:
    """Credit notes with all that a page or the API shows of them, in a fixed number of queries."""
    return CreditNote.objects.select_related("customer__test_clock", "brand", "invoice").prefetch_related(
        Prefetch("lines", queryset=CreditNoteLine.objects.select_related("invoice_line"))
    )


def get_credit_note(*, brand_id: int, livemode: bool, reference: str) -> CreditNote:
    """The credit note with this public id or number.

    Raises:
        CreditNoteNotFound: none in this brand and mode (404).
    """
    own = credit_notes_with_lines().filter(brand_id=brand_id, livemode=livemode)
    found = own.filter(public_id=reference).first() or own.filter(number=reference).first()
    if found is None:
        raise CreditNoteNotFound(f"There is no credit note '{reference}'.", field="credit_note")
    return found


def credit_notes_of(customer_id: int) -> QuerySet[CreditNote]:
    """A customer's credit notes with their invoices, newest first."""
    own = CreditNote.objects.filter(customer_id=customer_id)
    return own.select_related("invoice").order_by("-issued_at", "-id")


def fees_billed_until(
    *, item_ids: Collection[int], starts_at: datetime, ends_at: datetime
) -> list[InvoiceLine]:
    """The fee lines of items for parts within [starts_at, ends_at) (UTC), the latest first; drafts count."""
    return list(
        InvoiceLine.objects.filter(
            item_id__in=list(item_ids),
            kind=LineKind.RECURRING,
            voided_at=None,
            period_starts_at__gte=starts_at,
            period_ends_at__lte=ends_at,
        ).order_by("-period_ends_at", "-id")
    )


def quotes_of(*, brand_id: int, livemode: bool) -> QuerySet[Quote]:
    """The quotes of a brand in one mode, newest first, with all that is shown of them in a list."""
    own = Quote.objects.filter(brand_id=brand_id, livemode=livemode)
    return own.select_related("customer__test_clock", "customer__brand", "plan_version__plan", "subscription")


def get_quote(*, brand_id: int, livemode: bool, reference: str) -> Quote:
    """The quote with this public id.

    Raises:
        QuoteNotFound: none in this brand and mode (404).
    """
    found = quotes_of(brand_id=brand_id, livemode=livemode).filter(public_id=reference).first()
    if found is None:
        raise QuoteNotFound(f"There is no quote '{reference}'.", field="quote")
    return found
