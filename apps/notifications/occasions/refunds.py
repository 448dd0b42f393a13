"""Mails about money that goes back."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from apps.audit.models import Event
from apps.notifications.enums import MailKind
from apps.notifications.occasions.occasion import Facts, Occasion, recipients_of
from apps.notifications.wording import Wording, page_url
from apps.payments.receipts import method_in_words
from apps.payments.refund_selectors import refunds_with_parts


def refund_succeeded(event: Event) -> Occasion | None:
    """The money is on its way to the customer's bank."""
    return _occasion(event, MailKind.REFUND)


def refund_failed(event: Event) -> Occasion | None:
    """The bank did not take the money; it stays owed. Told too where the refund had been called done."""
    return _occasion(event, MailKind.REFUND_FAILED)


def _occasion(event: Event, kind: MailKind) -> Occasion:
    refund = refunds_with_parts().get(public_id=event.subject_id)
    invoice = refund.payment.invoice
    # The invoice's own, so that mail and PDF name the same day.
    wording = Wording(locale=invoice.locale, zone=invoice.time_zone)
    amount = wording.money(refund.amount_minor, refund.currency)
    facts: Facts = [
        (_("For invoice"), invoice.number or ""),
        (_("Amount"), amount),
        (_("Date"), wording.day(event.at)),
    ]
    if refund.payment.payment_method is not None:
        facts.append((_("Back to"), method_in_words(refund.payment.payment_method)))
    return Occasion(
        kind=kind,
        customer=refund.customer,
        wording=wording,
        recipients=recipients_of(refund.customer),
        subject_id=refund.public_id,
        once=refund.public_id,
        context={
            "amount": amount,
            "number": invoice.number,
            "facts": facts,
            "invoice_url": page_url("portal:invoice", invoice.public_id),
        },
    )
