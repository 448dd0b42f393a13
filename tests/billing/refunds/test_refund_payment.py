from __future__ import annotations

from datetime import timedelta

import pytest

from apps.audit.actor import Actor, acting_as
from apps.audit.enums import ActorType
from apps.audit.models import Event
from apps.billing.services.refunds.refund_payment import approve_and_refund, refuse_refund
from apps.billing.services.refunds.resolve_refunds import resolve_refunds
from apps.core import clock
from apps.invoices.enums import InvoiceStatus
from apps.ledger.models import Entry
from apps.payments.enums import RefundStatus
from apps.payments.errors import RefundRefused, SecondPersonNeeded
from apps.payments.models import Refund
from apps.wallets.enums import MovementKind
from apps.wallets.selectors import balance_of
from apps.wallets.services.credit import credit_balance
from tests.factories.billing import STARTED_AT
from tests.factories.refunds import make_paid, refund
from tests.fixtures.gateway import GatewaySandbox

pytestmark = pytest.mark.django_db

REFUNDS = {"path": "/v1/refunds", "method": "POST"}
ADA, BEN = (Actor(ActorType.USER, key, f"finance {key}") for key in ("1", "2"))


def balances() -> dict[str, int]:
    """The books by account, without those that stand at zero."""
    sums: dict[str, int] = {}
    for code, amount in Entry.objects.values_list("account__code", "amount_minor"):
        sums[code] = sums.get(code, 0) + amount
    assert sum(sums.values()) == 0
    return {code: amount for code, amount in sums.items() if amount}


def test_refund_in_parts_ends_at_what_was_captured(gateway: GatewaySandbox) -> None:
    payment = make_paid(gateway)
    before = balances()

    first = refund(payment, 1000, note="kind of them")
    second = refund(payment, 1900)
    with pytest.raises(RefundRefused, match="Less than that is left"):
        refund(payment, 1)

    payment.refresh_from_db()
    assert (first.status, second.status) == (RefundStatus.SUCCEEDED, RefundStatus.SUCCEEDED)
    assert (payment.returned_minor, payment.refundable_minor) == (2900, 0)
    assert [each["amount"] for each in gateway.control.refunds()] == [1900, 1000]
    assert gateway.control.charges()[0]["amount_refunded"] == 2900
    assert balances() == {**{k: v for k, v in before.items() if k != "gateway_clearing"}, "refunds": 2900}
    payment.invoice.refresh_from_db()
    assert (payment.invoice.status, payment.invoice.paid_minor) == (InvoiceStatus.PAID, 2900)


def test_attempt_that_brought_nothing_has_nothing_to_refund(gateway: GatewaySandbox) -> None:
    from apps.billing.services.collection.collect import collect_invoice
    from tests.factories.payments import make_unpaid_invoice

    invoice = make_unpaid_invoice(gateway, behaviour="insufficient_funds")
    payment = collect_invoice(invoice_id=invoice.pk, at=STARTED_AT)

    with pytest.raises(RefundRefused, match="has succeeded"):
        refund(payment, 1)
    assert (payment.refundable_minor, Refund.objects.count()) == (0, 0)


def test_refund_is_told_to_the_log_with_what_became_of_it(gateway: GatewaySandbox) -> None:
    payment = make_paid(gateway)

    made = refund(payment, 1000)

    events = Event.objects.filter(subject_type="refund").order_by("id")
    assert [event.name for event in events] == ["refund.requested", "refund.succeeded"]
    assert events[1].data["payment"] == payment.public_id
    assert (events[1].data["amount_minor"], events[1].subject_id) == (1000, made.public_id)


@pytest.mark.parametrize(("kind", "repeated"), [("reset_after", 1), ("reset_before", 1), ("error_429", 1)])
def test_refund_whose_answer_is_lost_is_made_once(gateway: GatewaySandbox, kind: str, repeated: int) -> None:
    payment = make_paid(gateway)
    gateway.control.fault(kind, match=REFUNDS)
    gateway.control.fault("webhook_drop", match=REFUNDS)

    made = refund(payment, 1000)
    assert made.status == RefundStatus.UNKNOWN
    assert resolve_refunds(now=clock.now()) == 1

    made.refresh_from_db()
    payment.refresh_from_db()
    assert made.status == RefundStatus.SUCCEEDED
    assert (len(gateway.control.refunds()), payment.returned_minor) == (repeated, 1000)
    assert resolve_refunds(now=clock.now()) == 0


def test_forgotten_key_is_only_read_and_the_amount_is_free_again(gateway: GatewaySandbox) -> None:
    payment = make_paid(gateway)
    gateway.control.fault("reset_before", match=REFUNDS)
    made = refund(payment, 1000)
    gateway.control.forget_idempotency_keys()

    resolve_refunds(now=clock.now() + timedelta(hours=25))

    made.refresh_from_db()
    payment.refresh_from_db()
    assert (made.status, made.error_code) == (RefundStatus.FAILED, "not_refunded")
    assert (payment.returned_minor, gateway.control.refunds()) == (0, [])


def test_refund_whose_process_died_before_it_was_sent_is_sent_by_the_sweeper(gateway: GatewaySandbox) -> None:
    from apps.payments.enums import RefundReason
    from apps.payments.services.request_refund import RefundOrder, request_refund

    payment = make_paid(gateway)
    made = request_refund(payment_id=payment.pk, order=RefundOrder(500, RefundReason.OTHER), at=STARTED_AT)

    assert resolve_refunds(now=clock.now()) == 1

    made.refresh_from_db()
    assert (made.status, len(gateway.control.refunds())) == (RefundStatus.SUCCEEDED, 1)


def test_pending_refund_is_booked_at_once_and_succeeds_by_message(gateway: GatewaySandbox) -> None:
    payment = make_paid(gateway, "pm_card_pendingRefund")

    made = refund(payment, 1000)
    assert made.status == RefundStatus.PROCESSING
    assert balances()["gateway_clearing"] == 1900
    gateway.control.settle_refund(made.gateway_id or "")
    gateway.deliver(copies=2, seed=7)

    made.refresh_from_db()
    assert (made.status, balances()["gateway_clearing"]) == (RefundStatus.SUCCEEDED, 1900)


def test_refund_that_fails_days_later_is_booked_back(gateway: GatewaySandbox) -> None:
    payment = make_paid(gateway, "pm_card_refundFail")
    before = balances()
    made = refund(payment, 1000)
    assert made.status == RefundStatus.SUCCEEDED

    gateway.control.settle_refund(made.gateway_id or "")
    gateway.deliver(copies=3, seed=1)

    made.refresh_from_db()
    payment.refresh_from_db()
    assert (made.status, made.error_code) == (RefundStatus.FAILED, "expired_or_canceled_card")
    assert (payment.returned_minor, payment.refundable_minor) == (0, 2900)
    assert balances() == before
    assert Event.objects.filter(name="refund.failed").count() == 1
    # The amount is free: it goes out anew.
    assert refund(payment, 2900).status == RefundStatus.SUCCEEDED


def test_what_was_paid_too_much_is_refunded_from_the_balance_first(gateway: GatewaySandbox) -> None:
    payment = make_paid(gateway)
    customer = payment.customer
    credit_balance(
        customer=customer,
        currency="EUR",
        amount_minor=700,
        kind=MovementKind.OVERPAYMENT,
        reference=("payment", payment.public_id),
        key=f"payment:{payment.public_id}",
        at=STARTED_AT,
    )
    before = balances()

    made = refund(payment, 1000)

    assert (made.from_balance_minor, balance_of(customer.pk, "EUR")) == (700, 0)
    after = balances()
    assert before["customer_credit"] == -700
    assert "customer_credit" not in after
    assert (after["refunds"], after["gateway_clearing"]) == (300, 1900)


def test_what_came_from_the_balance_returns_to_it_when_the_refund_fails(gateway: GatewaySandbox) -> None:
    payment = make_paid(gateway, "pm_card_refundFail")
    credit_balance(
        customer=payment.customer,
        currency="EUR",
        amount_minor=700,
        kind=MovementKind.OVERPAYMENT,
        reference=("payment", payment.public_id),
        key=f"payment:{payment.public_id}",
        at=STARTED_AT,
    )
    before = balances()
    made = refund(payment, 700)
    assert balance_of(payment.customer_id, "EUR") == 0

    gateway.control.settle_refund(made.gateway_id or "")
    gateway.deliver()

    assert balance_of(payment.customer_id, "EUR") == 700
    assert balances() == before


def limited(gateway: GatewaySandbox, limit_minor: int) -> Refund:
    """A refund of EUR 20.00 asked for by Ada, of a brand that lets one person give back so much."""
    payment = make_paid(gateway)
    payment.brand.refund_approval_minor = limit_minor
    payment.brand.save(update_fields=["refund_approval_minor"])
    payment.refresh_from_db()
    with acting_as(ADA):
        return refund(payment, 2000)


def test_refund_at_the_limit_goes_out_and_above_it_waits(gateway: GatewaySandbox) -> None:
    at_limit, above = limited(gateway, 2000), limited(gateway, 1999)

    assert (at_limit.status, above.status) == (RefundStatus.SUCCEEDED, RefundStatus.AWAITING_APPROVAL)
    assert above.payment.refundable_minor == 900
    assert resolve_refunds(now=clock.now()) == 0
    assert len(gateway.control.refunds()) == 1


def test_who_asked_for_a_refund_does_not_approve_it(gateway: GatewaySandbox) -> None:
    waiting = limited(gateway, 0)

    with acting_as(ADA), pytest.raises(SecondPersonNeeded):
        approve_and_refund(refund=waiting, at=STARTED_AT, note=lambda: None)
    assert gateway.control.refunds() == []

    with acting_as(BEN):
        done = approve_and_refund(refund=waiting, at=STARTED_AT, note=lambda: None)

    assert (done.status, done.requested_by, done.decided_by) == (RefundStatus.SUCCEEDED, "user:1", "user:2")
    with acting_as(BEN), pytest.raises(RefundRefused, match="waits for no approval"):
        approve_and_refund(refund=done, at=STARTED_AT, note=lambda: None)


def test_rejected_refund_frees_its_amount_and_sends_nothing(gateway: GatewaySandbox) -> None:
    waiting = limited(gateway, 0)

    with acting_as(BEN):
        refuse_refund(refund=waiting, at=STARTED_AT, note=lambda: None)

    waiting.refresh_from_db()
    waiting.payment.refresh_from_db()
    assert (waiting.status, waiting.payment.refundable_minor) == (RefundStatus.REJECTED, 2900)
    assert (gateway.control.refunds(), resolve_refunds(now=clock.now())) == ([], 0)
