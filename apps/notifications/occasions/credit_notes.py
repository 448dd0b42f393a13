"""Mails about what is given back."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from apps.audit.models import Event
from apps.invoices.enums import DocumentKind
from apps.invoices.models import CreditNote
from apps.notifications.enums import MailKind
from apps.notifications.occasions.occasion import Facts, Occasion, recipients_of
from apps.notifications.wording import Wording, page_url


def credit_note_issued(event: Event) -> Occasion | None:
    """The credit note with its PDF, and where the money goes."""
    note = CreditNote.objects.select_related("customer__brand", "invoice").get(public_id=event.subject_id)
    # The invoice's own, so that mail and PDF name the same day.
    wording = Wording(locale=note.invoice.locale, zone=note.invoice.time_zone)
    parts = (
        (_("Off the invoice"), note.offset_minor),
        (_("To your balance"), note.balance_minor),
        (_("To be refunded"), note.refund_minor),
    )
    facts: Facts = [
        (_("Credit note number"), note.number),
        (_("For invoice"), note.invoice.number or ""),
        (_("Date"), wording.day(note.issued_at)),
        *[(label, wording.money(amount, note.currency)) for label, amount in parts if amount],
    ]
    return Occasion(
        kind=MailKind.CREDIT_NOTE,
        customer=note.customer,
        wording=wording,
        recipients=recipients_of(note.customer),
        subject_id=note.public_id,
        once=note.public_id,
        context={
            "number": note.number,
            "total": wording.money(note.total_minor, note.currency),
            "facts": facts,
            "invoice_url": page_url("portal:invoice", note.invoice.public_id),
        },
        attachment_kind=DocumentKind.CREDIT_NOTE,
    )
