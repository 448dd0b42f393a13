from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from apps.core.public_ids import new_public_id
from apps.invoices.enums import InvoiceStatus, LineKind
from apps.invoices.errors import InvoiceRefused
from apps.invoices.models import Invoice, InvoiceLine
from apps.invoices.services.add_up_draft import add_up_draft
from apps.invoices.services.draft import InvoiceTerms, draft_invoice
from apps.subscriptions.enums import CollectionMethod

# What a line charges; its discounts and taxes are worked out anew.
COPIED = (
    "position",
    "charge_key",
    "source",
    "kind",
    "description",
    "quantity",
    "unit_name",
    "exact_amount",
    "amount_minor",
    "tax_code",
    "tax_included",
    "period_starts_at",
    "period_ends_at",
    "subscription_id",
    "item_id",
    "price_id",
    "credits_line_id",
    "snapshot",
    "trace",
)


@transaction.atomic
def copy_voided(*, invoice_id: int, at: datetime) -> Invoice:
    """Draft the charges of a void invoice anew: of the customer, the coupons and the tax law of now.

    Its lines had given their charge keys free; the draft takes them, so nothing else bills them meanwhile.

    Raises:
        InvoiceRefused: it is not void, sells prepaid credit, or its charges were billed again already (409).
    """
    old = Invoice.objects.select_related("customer__brand").select_for_update(of=("self",)).get(pk=invoice_id)
    if old.status != InvoiceStatus.VOID:
        raise InvoiceRefused(f"Invoice {old} is {old.status}; only a void one is drafted anew.")
    lines = list(old.lines.all())
    if any(line.kind == LineKind.TOP_UP for line in lines):
        # Its top-up is given up with it: what is paid for a copy would put nothing into the wallet.
        raise InvoiceRefused(f"Invoice {old} sells prepaid credit: void it, and ask for the credit anew.")
    keys = [line.charge_key for line in lines if line.charge_key]
    if InvoiceLine.objects.filter(charge_key__in=keys, voided_at=None).exists():
        raise InvoiceRefused(f"The charges of invoice {old} were billed again.")
    terms = InvoiceTerms(old.currency, CollectionMethod(old.collection_method), old.net_terms_days)
    draft = draft_invoice(
        customer=old.customer,
        terms=terms,
        charges=[],
        at=at,
        progressive_credit_minor=old.progressive_credit_minor,
    ).invoice
    draft.po_number, draft.memo, draft.metadata = old.po_number, old.memo, old.metadata
    draft.save(update_fields=["po_number", "memo", "metadata"])
    copies = [
        InvoiceLine(
            public_id=new_public_id("il"), invoice=draft, **{name: getattr(line, name) for name in COPIED}
        )
        for line in lines
    ]
    InvoiceLine.objects.bulk_create(copies)
    _take_back_from_copies(lines, copies)
    add_up_draft(invoice=draft, at=at)
    return draft


def _take_back_from_copies(lines: Sequence[InvoiceLine], copies: Sequence[InvoiceLine]) -> None:
    """A line that took back a part of another of the same invoice takes it back of that one's copy."""
    copy_of = {line.pk: copy for line, copy in zip(lines, copies, strict=True)}
    for copy in copies:
        if copy.credits_line_id in copy_of:
            copy.credits_line = copy_of[copy.credits_line_id]
            copy.save(update_fields=["credits_line"])
