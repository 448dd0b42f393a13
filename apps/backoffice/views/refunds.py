"""Giving money back: the list with its queue of approvals, and the acts."""

from __future__ import annotations

from typing import Any, ClassVar

from django.http.response import HttpResponseBase
from django.urls import reverse
from django.views.decorators.http import require_safe

from apps.backoffice.access import StaffRequest, staff_page
from apps.backoffice.acts import Act
from apps.backoffice.listing import answer_list
from apps.backoffice.lists.refunds import refund_list
from apps.backoffice.refund_forms import RefundForm
from apps.backoffice.selectors import currencies_in_use
from apps.backoffice.services.note_act import note_act
from apps.billing.services.refunds.refund_credit_note import refund_credit_note
from apps.billing.services.refunds.refund_payment import (
    approve_and_refund,
    refund_payment,
    refuse_refund,
)
from apps.core.formatting import format_money
from apps.customers.selectors import now_for
from apps.invoices.models import CreditNote
from apps.invoices.selectors import get_credit_note
from apps.payments.enums import RefundReason, RefundStatus
from apps.payments.errors import RefundRefused
from apps.payments.models import Payment, Refund
from apps.payments.refund_selectors import get_refund, overpaid_left, owed_of_note, refunds_with_parts
from apps.payments.selectors import get_payment
from apps.payments.services.request_refund import RefundOrder


@require_safe
@staff_page("payments.view_refund")
def refunds(request: StaffRequest) -> HttpResponseBase:
    own = request.desk.scope
    return answer_list(request, refunds_with_parts().filter(**own), refund_list(currencies_in_use(**own)))


def _money(minor: int, currency: str) -> str:
    return format_money(minor, currency, locale="en")


def _said(refund: Refund) -> str:
    """What became of a refund, in a sentence. A failed one is an error of the act."""
    amount = _money(refund.amount_minor, refund.currency)
    match refund.status:
        case RefundStatus.SUCCEEDED:
            return f"{amount} are refunded."
        case RefundStatus.AWAITING_APPROVAL:
            return f"{amount} wait for the approval of somebody else."
        case RefundStatus.FAILED:
            raise RefundRefused(refund.failure_message or "The gateway refused the refund.")
    return f"{amount} are on their way; the gateway has not answered for good."


class RefundPayment(Act):
    permission: ClassVar = "payments.add_refund"
    title: ClassVar = "Refund the payment"
    button: ClassVar = "Refund"
    tone: ClassVar = "danger"
    subject: Payment

    def load(self, reference: str) -> Payment:
        return get_payment(**self.request.desk.scope, reference=reference)

    def done_url(self) -> str:
        return reverse("backoffice:payment", args=[self.subject.public_id])

    def form(self, data: Any = None) -> RefundForm:
        return RefundForm(data, payment=self.subject)

    def consequences(self) -> list[str]:
        payment = self.subject
        amounts = [payment.amount_minor, payment.returned_minor, payment.refundable_minor]
        took, back, left = (_money(each, payment.currency) for each in amounts)
        sentences = [f"{took} were taken, {back} of it went back or are on their way: {left} are left."]
        if overpaid := overpaid_left(payment):
            sentences.append(
                f"{_money(overpaid, payment.currency)} of it were paid too much, and are taken from the"
                " customer's balance first."
            )
        sentences.append("The invoice stays paid and its tax as it is: a credit note corrects an invoice.")
        brand = self.request.desk.brand
        if brand.refund_approval_minor is not None:
            limit = _money(brand.refund_approval_minor, brand.default_currency)
            sentences.append(f"Above {limit} somebody else has to approve it.")
        return sentences

    def perform(self, answers: dict[str, Any]) -> str:
        at = now_for(self.subject.customer)
        order = RefundOrder(
            amount_minor=answers["amount_minor"],
            reason=RefundReason(answers["refund_reason"]),
            note=answers["reason"],
            key=answers["key"],
        )
        refund = refund_payment(
            payment=self.subject,
            order=order,
            at=at,
            note=lambda: note_act(subject=self.subject, act="refund", reason=answers["reason"], at=at),
        )
        return _said(refund)


class RefundAct(Act):
    """A decision of the second person on a refund above the brand's limit."""

    permission: ClassVar = "payments.change_refund"
    act: ClassVar[str]
    subject: Refund

    def load(self, reference: str) -> Refund:
        return get_refund(**self.request.desk.scope, reference=reference)

    def done_url(self) -> str:
        return reverse("backoffice:payment", args=[self.subject.payment.public_id])

    def consequences(self) -> list[str]:
        refund = self.subject
        asked = f"{_money(refund.amount_minor, refund.currency)} of invoice {refund.payment.invoice}"
        return [f"{asked}: {refund.get_reason_display()}. {refund.note}".strip()]


class ApproveRefund(RefundAct):
    title: ClassVar = "Approve the refund"
    button: ClassVar = "Approve and refund"
    act: ClassVar = "approve_refund"

    def consequences(self) -> list[str]:
        return [*super().consequences(), "It is sent to the gateway at once."]

    def perform(self, answers: dict[str, Any]) -> str:
        at = now_for(self.subject.customer)
        refund = approve_and_refund(refund=self.subject, at=at, note=lambda: self.note(self.act, answers))
        return _said(refund)


class RejectRefund(RefundAct):
    title: ClassVar = "Reject the refund"
    button: ClassVar = "Reject"
    tone: ClassVar = "danger"
    act: ClassVar = "reject_refund"

    def consequences(self) -> list[str]:
        return [*super().consequences(), "Nothing is sent; the amount can be asked for again."]

    def perform(self, answers: dict[str, Any]) -> str:
        at = now_for(self.subject.customer)
        refuse_refund(refund=self.subject, at=at, note=lambda: self.note(self.act, answers))
        return f"{_money(self.subject.amount_minor, self.subject.currency)} are not refunded."


class RefundCreditNote(Act):
    """Tries again what a credit note promised back and did not arrive."""

    permission: ClassVar = "payments.add_refund"
    title: ClassVar = "Refund what the credit note promises"
    button: ClassVar = "Refund"
    subject: CreditNote

    def load(self, reference: str) -> CreditNote:
        return get_credit_note(**self.request.desk.scope, reference=reference)

    def done_url(self) -> str:
        return reverse("backoffice:credit_note", args=[self.subject.public_id])

    def consequences(self) -> list[str]:
        left = _money(owed_of_note(self.subject), self.subject.currency)
        return [
            f"{left} of it are promised and not on their way.",
            "They are sent from the invoice's payments, the newest first, as far as something is left.",
        ]

    def perform(self, answers: dict[str, Any]) -> str:
        at = now_for(self.subject.customer)
        note_act(subject=self.subject, act="refund_credit_note", reason=answers["reason"], at=at)
        made = refund_credit_note(note=self.subject, at=at)
        if not made:
            raise RefundRefused("No payment of the invoice has anything left to be refunded.")
        return f"{_money(sum(each.amount_minor for each in made), self.subject.currency)} are being refunded."
