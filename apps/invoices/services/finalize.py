from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from apps.accounts.enums import ZeroInvoicePolicy
from apps.accounts.models import Brand
from apps.audit.services.record import record_event
from apps.customers.models import Customer
from apps.invoices.enums import NEXT, InvoiceStatus, SeriesKind, TaxStatus
from apps.invoices.errors import InvoiceRefused
from apps.invoices.models import Invoice
from apps.invoices.services.complete_draft import INVOICE_FIELDS, Completion, complete_draft
from apps.invoices.services.draft import Draft
from apps.invoices.services.mark_paid import record_paid
from apps.invoices.services.next_number import next_number
from apps.invoices.services.post_invoice import post_invoice
from apps.invoices.services.record_taken_off import record_taken_off
from apps.invoices.services.settle_balance import settle_balance
from apps.invoices.services.settle_prepaid import settle_prepaid
from apps.taxes.engines.registry import engine_named

ASK_AGAIN_AFTER = timedelta(days=1)


@transaction.atomic
def finalize_invoice(*, invoice_id: int, at: datetime, use_balance: bool = True) -> Invoice:
    """Turn a draft into an open, numbered invoice that no longer changes, and post it to the ledger.

    Discounts and tax are worked out once more, and what they used of coupons and credit grants is recorded.
    Without an answer about the tax it stays a draft, with the reason, and is tried again a day later.
    A bill of nothing, each line of which is 0, is issued and paid at once, or closed without a number, as the
    brand chose; one whose lines cancel out, or that gives to the customer's balance, is always issued. Where
    the brand lets balances pay by themselves, the balance is spent now, unless `use_balance` is false; what
    it pays in full is paid at once.
    It is due `net_terms_days` after `at` (UTC). Seller and buyer are copied as they are now.

    Raises:
        InvoiceRefused: the invoice is not a draft (409).
    """
    # The lock makes a second caller wait, then fail: a number is never spent twice.
    invoice = (
        Invoice.objects.select_related("customer__brand").select_for_update(of=("self",)).get(pk=invoice_id)
    )
    draft = Draft(invoice, list(invoice.lines.all()))
    return finalize_draft(draft=draft, at=at, use_balance=use_balance)


def finalize_draft(*, draft: Draft, at: datetime, use_balance: bool = True) -> Invoice:
    """Finalise a draft that the caller's transaction has just written, or has locked.

    Raises:
        InvoiceRefused: the invoice is not a draft (409).
    """
    invoice = draft.invoice
    if InvoiceStatus.OPEN not in NEXT[InvoiceStatus(invoice.status)]:
        raise InvoiceRefused(f"Invoice {invoice} is {invoice.status}; only a draft can be finalised.")
    completed = complete_draft(invoice=invoice, lines=draft.lines, at=at)
    if invoice.tax_status == TaxStatus.WAITING:
        return _wait_for_tax(invoice, at)
    return issue_draft(draft=draft, at=at, use_balance=use_balance, completed=completed)


def issue_draft(
    *, draft: Draft, at: datetime, use_balance: bool = True, completed: Completion | None = None
) -> Invoice:
    """Issue a complete draft, or close it, as `finalize_invoice` says; what was taken off is recorded."""
    completed = completed or Completion()
    invoice, brand = draft.invoice, draft.invoice.customer.brand
    bills_nothing = not any(line.amount_minor for line in draft.lines)
    moves_nothing = not invoice.total_minor and not invoice.balance_credited_minor
    if bills_nothing and moves_nothing and brand.zero_invoice_policy == ZeroInvoicePolicy.CLOSE:
        return _close(invoice, at)
    _freeze(invoice, brand, at)
    record_taken_off(invoice=invoice, taken_off=completed.taken_off, at=at)
    if completed.holdings.balance or invoice.balance_credited_minor:
        settle_balance(invoice=invoice, brand=brand, at=at, use_balance=use_balance)
    if use_balance and completed.holdings.wallets:
        settle_prepaid(invoice=invoice, lines=draft.lines, at=at)
    return _issue(draft, brand, at)


def _wait_for_tax(invoice: Invoice, at: datetime) -> Invoice:
    known = invoice.tax_facts.get("waiting_since")
    invoice.tax_facts = invoice.tax_facts | {"waiting_since": known or at.isoformat()}
    is_asked = engine_named(invoice.customer.brand.tax_engine).is_remote and known is None
    # A service is asked as soon as the transaction is over.
    invoice.finalize_at = at if is_asked else at + ASK_AGAIN_AFTER
    invoice.save(update_fields=[*INVOICE_FIELDS, "finalize_at"])
    if known is None:
        # The problem names the customer, and the log holds no personal data: it stands on the draft.
        record_event(name="invoice.tax_waiting", subject=invoice, at=at)
    return invoice


def _close(invoice: Invoice, at: datetime) -> Invoice:
    invoice.status, invoice.finalized_at = InvoiceStatus.CLOSED, at
    invoice.save(update_fields=[*INVOICE_FIELDS, "status", "finalized_at"])
    record_event(name="invoice.closed", subject=invoice, at=at)
    return invoice


def _freeze(invoice: Invoice, brand: Brand, at: datetime) -> None:
    invoice.seller, invoice.buyer = seller_snapshot(brand), buyer_snapshot(invoice.customer)
    invoice.terms = brand.invoice_terms
    invoice.finalized_at = at
    invoice.due_at = at + timedelta(days=invoice.net_terms_days)


def _issue(draft: Draft, brand: Brand, at: datetime) -> Invoice:
    invoice = draft.invoice
    settled = not invoice.due_minor
    invoice.status = InvoiceStatus.PAID if settled else InvoiceStatus.OPEN
    invoice.paid_at = at if settled else None
    post_invoice(invoice=invoice, lines=draft.lines, at=at)
    invoice.series, invoice.number = next_number(
        brand=brand, livemode=invoice.livemode, kind=SeriesKind.INVOICE, at=at
    )
    invoice.save(
        update_fields=[
            *INVOICE_FIELDS,
            "status",
            "seller",
            "buyer",
            "terms",
            "finalized_at",
            "due_at",
            "paid_at",
            "balance_applied_minor",
            "prepaid_applied_minor",
            "series",
            "number",
        ]
    )
    record_event(name="invoice.finalized", subject=invoice, at=at, data=_announcement(invoice))
    if settled and (invoice.balance_applied_minor or invoice.prepaid_applied_minor):
        record_paid(invoice=invoice, at=at)
    return invoice


def _announcement(invoice: Invoice) -> dict[str, Any]:
    return {
        "number": invoice.number,
        "total_minor": invoice.total_minor,
        "due_minor": invoice.due_minor,
        "currency": invoice.currency,
        "due_at": invoice.due_at.isoformat() if invoice.due_at else None,
    }


def seller_snapshot(brand: Brand) -> dict[str, Any]:
    """The legal entity as it stands on documents issued now."""
    return {
        "name": brand.name,
        "legal_name": brand.legal_name,
        "address": [*brand.address_lines, brand.country],
        "address_lines": brand.address_lines,
        "country": brand.country,
        "tax_id": brand.tax_id,
        "bank": {"name": brand.bank_name, "iban": brand.bank_iban, "bic": brand.bank_bic},
        "email": brand.support_email,
        "website": brand.website,
        "colour": brand.accent_color,
    }


def buyer_snapshot(customer: Customer) -> dict[str, Any]:
    """The customer as billed now."""
    return {
        "id": customer.public_id,
        "name": customer.name,
        "email": customer.email,
        "address": customer.postal_lines,
        "address_lines": customer.address_lines,
        "postal_code": customer.postal_code,
        "city": customer.city,
        "region": customer.region,
        "country": customer.country,
        "tax_id": customer.tax_id,
        "tax_exempt_reason": customer.tax_exempt_reason if customer.tax_exempt else "",
    }
