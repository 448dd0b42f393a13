"""Mails that a timeline of collecting writes, and the announcement of a card that expires."""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import gettext_lazy as _

from apps.audit.models import Event
from apps.billing.dunning import Placed
from apps.billing.dunning_selectors import steps_left, timeline_of
from apps.billing.enums import DunningAction, DunningMail
from apps.billing.models import CollectionCase
from apps.notifications.enums import MailKind
from apps.notifications.occasions.invoices import unpaid_invoice
from apps.notifications.occasions.occasion import Occasion, recipients_of
from apps.notifications.wording import page_url, wording_for
from apps.payments.enums import PaymentMethodStatus
from apps.payments.models import PaymentMethod
from apps.payments.receipts import method_in_words

KINDS = {
    DunningMail.REMINDER: MailKind.PAYMENT_REMINDER,
    DunningMail.FINAL_NOTICE: MailKind.FINAL_NOTICE,
}


def collection_reminded(event: Event) -> Occasion | None:
    """A reminder of a timeline: what is owed, and what comes next if nothing is paid."""
    case = CollectionCase.objects.select_related("invoice", "customer", "policy").get(
        invoice__public_id=event.data["invoice"]
    )
    wording = wording_for(case.customer)
    following = _consequence(case, event.at)
    context = {
        "then": following.step.action.value if following else "",
        "then_on": wording.day(following.at) if following else "",
    }
    return unpaid_invoice(KINDS[DunningMail(event.data["mail"])], event, context)


def _consequence(case: CollectionCase, at: datetime) -> Placed | None:
    """The next thing that the customer would feel."""
    left = steps_left(case, timeline_of(case))
    hard = (each for each in left if each.at > at and each.step.action != DunningAction.MAIL)
    return next(hard, None)


def card_expiring(event: Event) -> Occasion | None:
    """The card that is charged without the customer ends with the month; none where it is used no more."""
    method = PaymentMethod.objects.select_related("customer__brand").get(public_id=event.subject_id)
    in_use = method.status == PaymentMethodStatus.ACTIVE and (method.is_default or method.is_backup)
    if not in_use or [method.exp_year, method.exp_month] != event.data["expires"]:
        return None
    wording = wording_for(method.customer)
    return Occasion(
        kind=MailKind.CARD_EXPIRING,
        customer=method.customer,
        wording=wording,
        recipients=recipients_of(method.customer),
        subject_id=method.public_id,
        once=event.public_id,
        context={
            "facts": [
                (_("Card"), method_in_words(method)),
                (_("Valid until"), f"{method.exp_month:02}/{method.exp_year}"),
            ],
            "methods_url": page_url("portal:payment"),
        },
    )
