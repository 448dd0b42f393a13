from __future__ import annotations

import pytest

from apps.billing.services.corrections.credit_invoice import credit_invoice
from apps.billing.services.corrections.void_credit import void_credit
from apps.billing.services.refunds.refund_credit_note import refund_credit_note
from apps.billing.services.refunds.resolve_refunds import resolve_refunds
from apps.core import clock
from apps.invoices.enums import CreditNoteStatus, CreditReason, Disposition, RefundStatus
from apps.invoices.errors import CreditNoteRefused
from apps.invoices.models import CreditNote
from apps.invoices.services.plan_credit import CreditItem
from apps.payments.enums import RefundReason
from apps.payments.enums import RefundStatus as Moved
from apps.payments.errors import RefundRefused
from apps.payments.models import Payment, Refund
from tests.billing.refunds.test_refund_payment import balances
from tests.factories.billing import STARTED_AT
from tests.factories.refunds import make_paid, refund
from tests.fixtures.gateway import GatewaySandbox

pytestmark = pytest.mark.django_db


def credit(payment: Payment, amount_minor: int) -> CreditNote:
    """A credit note on the payment's invoice that promises so much back."""
    note = credit_invoice(
        invoice_id=payment.invoice_id,
        items=[CreditItem(payment.invoice.lines.get().pk, amount_minor=amount_minor)],
        reason=CreditReason.DUPLICATE,
        disposition=Disposition.REFUND,
        at=STARTED_AT,
    )
    assert note is not None
    return note


def test_credit_note_that_promises_a_refund_is_paid_out(gateway: GatewaySandbox) -> None:
    payment = make_paid(gateway)

    note = credit(payment, 1200)
    assert balances()["refunds_payable"] == -1200
    # Nothing is asked inside the transaction that issues the note.
    assert gateway.control.refunds() == []
    assert resolve_refunds(now=clock.now()) == 1

    note.refresh_from_db()
    made = Refund.objects.get()
    assert (made.status, made.reason, made.credit_note_id) == (
        Moved.SUCCEEDED,
        RefundReason.DUPLICATE,
        note.pk,
    )
    assert (made.requested_by, note.refund_status) == ("system", RefundStatus.REFUNDED)
    assert [each["amount"] for each in gateway.control.refunds()] == [1200]
    after = balances()
    assert "refunds_payable" not in after
    assert (after["gateway_clearing"], after.get("refunds", 0)) == (1700, 0)


def test_refund_of_a_note_that_comes_back_is_owed_again(gateway: GatewaySandbox) -> None:
    payment = make_paid(gateway, "pm_card_refundFail")
    note = credit(payment, 1200)
    resolve_refunds(now=clock.now())

    gateway.control.settle_refund(Refund.objects.get().gateway_id or "")
    gateway.deliver()

    note.refresh_from_db()
    assert note.refund_status == RefundStatus.REQUESTED
    assert balances()["refunds_payable"] == -1200
    (again,) = refund_credit_note(note=note, at=STARTED_AT)
    assert (again.amount_minor, again.status) == (1200, Moved.SENDING)
    assert refund_credit_note(note=note, at=STARTED_AT) == []


def test_what_went_back_already_stays_to_be_refunded(gateway: GatewaySandbox) -> None:
    payment = make_paid(gateway)
    refund(payment, 2000)

    note = credit(payment, 1200)
    resolve_refunds(now=clock.now())

    note.refresh_from_db()
    assert [each.amount_minor for each in Refund.objects.filter(credit_note=note)] == [900]
    assert note.refund_status == RefundStatus.REQUESTED
    assert balances()["refunds_payable"] == -300


def test_note_that_is_being_refunded_is_not_voided(gateway: GatewaySandbox) -> None:
    note = credit(make_paid(gateway), 1200)

    with pytest.raises(CreditNoteRefused, match="is being refunded"):
        void_credit(credit_note_id=note.pk, reason="Wrong line", at=STARTED_AT)

    note.refresh_from_db()
    assert note.status == CreditNoteStatus.ISSUED


def test_no_more_than_a_note_promises_goes_out_for_it(gateway: GatewaySandbox) -> None:
    payment = make_paid(gateway)
    note = credit(payment, 1200)

    with pytest.raises(RefundRefused, match="promises less"):
        refund(payment, 1, credit_note=note)
    with pytest.raises(RefundRefused, match="another invoice"):
        refund(make_paid(gateway), 1, credit_note=note)
