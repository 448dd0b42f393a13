"""Mails about invoices and their payment."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from apps.audit.models import Event
from apps.billing.selectors import pay_token
from apps.invoices.enums import DocumentKind, InvoiceStatus
from apps.invoices.models import Invoice
from apps.notifications.enums import MailKind
from apps.notifications.occasions.occasion import Facts, Occasion, recipients_of
from apps.notifications.wording import Wording, page_url
from apps.payments.enums import DeclineKind
from apps.payments.models import Payment
from apps.payments.receipts import method_in_words
from apps.subscriptions.enums import CollectionMethod

PAYABLE = (InvoiceStatus.OPEN, InvoiceStatus.UNCOLLECTIBLE)


def invoice_issued(event: Event) -> Occasion | None:
    """The invoice with its PDF. One that the brand closes without a number is never finalised, so never
    mailed."""
    invoice = _invoice(event.subject_id)
    wording = _wording(invoice)
    facts: Facts = [(_("Invoice number"), invoice.number or "")]
    if invoice.finalized_at:
        facts.append((_("Date"), wording.day(invoice.finalized_at)))
    facts.append((_("Total"), wording.money(invoice.total_minor, invoice.currency)))
    if invoice.balance_applied_minor:
        applied = wording.money(invoice.balance_applied_minor, invoice.currency)
        facts.append((_("Paid from your balance"), applied))
    if invoice.due_minor and invoice.due_at:
        facts.append((_("Due"), wording.day(invoice.due_at)))
    context = {"facts": facts, "what_next": _what_next(invoice), **_action(invoice)}
    return _occasion(MailKind.INVOICE, invoice, event.subject_id, context, DocumentKind.INVOICE)


def _what_next(invoice: Invoice) -> str:
    """Which sentence tells the reader what to do: nothing, wait, or pay."""
    if not invoice.total_minor:
        return "free"
    if not invoice.due_minor:
        return "paid"
    automatic = invoice.collection_method == CollectionMethod.CHARGE_AUTOMATICALLY
    return "charged" if automatic else "to_pay"


def _action(invoice: Invoice) -> dict[str, str]:
    if invoice.due_minor and invoice.collection_method == CollectionMethod.SEND_INVOICE:
        return {"pay_url": _pay_url(invoice)}
    return {}


def invoice_paid(event: Event) -> Occasion | None:
    """The receipt, with its PDF; none where no money came in, since balance or credit notes settled it."""
    invoice = _invoice(event.subject_id)
    if not invoice.paid_minor:
        return None
    wording = _wording(invoice)
    payment = Payment.objects.filter(public_id=event.data.get("payment", "")).first()
    facts: Facts = [
        (_("Invoice number"), invoice.number or ""),
        (_("Paid on"), wording.day(invoice.paid_at or event.at)),
        (_("Amount paid"), wording.money(invoice.paid_minor, invoice.currency)),
    ]
    if payment is not None and payment.payment_method is not None:
        facts.append((_("Paid with"), method_in_words(payment.payment_method)))
    return _occasion(MailKind.RECEIPT, invoice, event.subject_id, {"facts": facts}, DocumentKind.RECEIPT)


def payment_failed(event: Event) -> Occasion | None:
    """A charge without the customer was declined: tells when it is tried again, or asks for another card.

    Who was on the page has seen it. A decline that asks for the customer's confirmation is a mail of its own.
    """
    invoice = _invoice(event.data["invoice"])
    if invoice.status not in PAYABLE or event.data.get("off_session") is False:
        return None
    if event.data.get("decline_kind") == DeclineKind.AUTHENTICATION:
        return _confirmation(event, invoice)
    wording = _wording(invoice)
    again = event.data.get("next_attempt_at")
    facts = [*_amount_facts(invoice, wording), (_("Reason"), str(event.data.get("message") or _("Declined")))]
    if again:
        facts.append((_("Next attempt"), wording.moment(datetime.fromisoformat(again))))
    context = {"facts": facts, "tried_again": bool(again), "pay_url": _pay_url(invoice)}
    return _occasion(MailKind.PAYMENT_FAILED, invoice, event.subject_id, context)


def unpaid_invoice(kind: MailKind, event: Event, context: dict[str, Any]) -> Occasion | None:
    """A mail with the pay link of an invoice that is still to be paid, once an event; none when it is not."""
    invoice = _invoice(event.data["invoice"])
    if invoice.status not in PAYABLE or not invoice.due_minor:
        return None
    facts = _amount_facts(invoice, _wording(invoice))
    return _occasion(
        kind, invoice, event.public_id, {"facts": facts, "pay_url": _pay_url(invoice), **context}
    )


def payment_needs_action(event: Event) -> Occasion | None:
    """A charge without the customer that waits for the bank's confirmation (3-D Secure)."""
    payment = Payment.objects.get(public_id=event.subject_id)
    invoice = _invoice(event.data["invoice"])
    if invoice.status not in PAYABLE or not payment.is_off_session:
        return None
    return _confirmation(event, invoice)


def _confirmation(event: Event, invoice: Invoice) -> Occasion:
    facts = _amount_facts(invoice, _wording(invoice))
    context = {"facts": facts, "pay_url": _pay_url(invoice)}
    return _occasion(MailKind.PAYMENT_ACTION, invoice, event.subject_id, context)


def _amount_facts(invoice: Invoice, wording: Wording) -> Facts:
    amount = wording.money(invoice.due_minor, invoice.currency)
    return [(_("Invoice number"), invoice.number or ""), (_("Amount"), amount)]


def _invoice(public_id: str) -> Invoice:
    return Invoice.objects.select_related("customer__brand").get(public_id=public_id)


def _wording(invoice: Invoice) -> Wording:
    # The invoice's own, so that mail and PDF name the same day.
    return Wording(locale=invoice.locale, zone=invoice.time_zone)


def _pay_url(invoice: Invoice) -> str:
    return page_url("portal:pay", pay_token(invoice))


def _occasion(
    kind: MailKind, invoice: Invoice, once: str, context: dict[str, Any], attachment_kind: str = ""
) -> Occasion:
    wording = _wording(invoice)
    return Occasion(
        kind=kind,
        customer=invoice.customer,
        wording=wording,
        recipients=recipients_of(invoice.customer),
        subject_id=invoice.public_id,
        once=once,
        context={
            "number": invoice.number,
            "total": wording.money(invoice.total_minor, invoice.currency),
            "due": wording.money(invoice.due_minor, invoice.currency),
            "due_on": wording.day(invoice.due_at) if invoice.due_at else "",
            "invoice_url": page_url("portal:invoice", invoice.public_id),
            **context,
        },
        attachment_kind=attachment_kind,
    )
