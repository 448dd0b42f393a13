"""What is Razorpay's own beyond the contract: mandates, debits that take days, days of India, signatures."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command

from apps.core import clock
from apps.payments.enums import (
    DeclineKind,
    DisputeStatus,
    MessageSubject,
    MethodKind,
    MovementKind,
    PaymentStatus,
    PayoutStatus,
    RefundStatus,
)
from apps.payments.errors import PaymentMethodRefused
from apps.payments.gateways.razorpay.answers import decline_kind, masked_address, order_result
from apps.payments.gateways.razorpay.gateway import RazorpayGateway
from apps.payments.gateways.razorpay.messages import confirmed_setup
from apps.payments.gateways.terms import (
    ChargeRequest,
    CustomerDetails,
    RefundRequest,
    SavedMethod,
    SetupRequest,
)
from apps.payments.selectors import webhook_secrets
from sandbox.razorpay_api.objects import signature
from tests.fixtures.razorpay import KEY_SECRET, WEBHOOK_SECRET, RazorpayControl, signed

ADA = CustomerDetails(reference="cus_ada", name="Ada", email="ada@example.com")


@pytest.fixture
def gateway(razorpay: RazorpayControl) -> RazorpayGateway:
    return RazorpayGateway()


def save(gateway: RazorpayGateway, razorpay: RazorpayControl, **instrument: str) -> SavedMethod:
    customer = gateway.create_customer(ADA)
    kind = MethodKind.UPI if "vpa" in instrument else MethodKind.CARD
    setup = gateway.start_setup(SetupRequest(customer_ref=customer, reference="cus_ada", kind=kind))
    razorpay.agree(setup.setup_id, **instrument)
    return gateway.finish_setup(setup.setup_id)


def request_for(method: SavedMethod, **changes: Any) -> ChargeRequest:
    request = ChargeRequest(
        reference="pay_1",
        idempotency_key="pay_1-1",
        amount_minor=49900,
        currency="INR",
        customer_ref=method.customer_ref,
        method_ref=method.gateway_id,
        off_session=True,
        description="A-1",
        sent_at=clock.now(),
        kind=method.kind,
        email=ADA.email,
    )
    return replace(request, **changes)


def test_upi_mandate_is_shown_masked(gateway: RazorpayGateway, razorpay: RazorpayControl) -> None:
    method = save(gateway, razorpay, vpa="success@razorpay")

    assert (method.kind, method.label, method.last4) == (MethodKind.UPI, "su…@razorpay", "")


def test_rupee_of_a_setup_goes_back_once(gateway: RazorpayGateway, razorpay: RazorpayControl) -> None:
    customer = gateway.create_customer(ADA)
    setup = gateway.start_setup(SetupRequest(customer_ref=customer, reference="cus_ada"))
    paid = razorpay.agree(setup.setup_id, number="4718609108204366")

    first, second = gateway.finish_setup(setup.setup_id), gateway.finish_setup(setup.setup_id)

    assert first == second
    assert [(r["payment_id"], r["amount"]) for r in razorpay.state()["refunds"]] == [(paid["id"], 100)]


def test_refused_mandate_is_not_saved(gateway: RazorpayGateway, razorpay: RazorpayControl) -> None:
    with pytest.raises(PaymentMethodRefused, match="declined by the bank"):
        save(gateway, razorpay, vpa="failure@razorpay")


def test_setup_that_nobody_has_paid_is_refused(gateway: RazorpayGateway, razorpay: RazorpayControl) -> None:
    customer = gateway.create_customer(ADA)
    setup = gateway.start_setup(SetupRequest(customer_ref=customer, reference="cus_ada"))

    for setup_id in (setup.setup_id, "order_unknown", f"{customer}/token_unknown"):
        with pytest.raises(PaymentMethodRefused):
            gateway.finish_setup(setup_id)


def test_customers_of_one_address_are_two(gateway: RazorpayGateway) -> None:
    other = replace(ADA, reference="cus_other")

    first, second = gateway.create_customer(ADA), gateway.create_customer(other)

    assert first != second
    assert (gateway.create_customer(ADA), gateway.create_customer(other)) == (first, second)


@pytest.mark.parametrize(
    ("outcome", "status", "kind"),
    [
        ("captured", PaymentStatus.SUCCEEDED, None),
        ("insufficient_funds", PaymentStatus.FAILED, DeclineKind.SOFT),
        ("revoked", PaymentStatus.FAILED, DeclineKind.HARD),
        ("asks", PaymentStatus.FAILED, DeclineKind.AUTHENTICATION),
    ],
)
def test_debit_is_processing_until_it_ends(
    gateway: RazorpayGateway,
    razorpay: RazorpayControl,
    outcome: str,
    status: PaymentStatus,
    kind: DeclineKind | None,
) -> None:
    request = request_for(save(gateway, razorpay, vpa="pending@razorpay"))

    sent = gateway.charge(request)
    again = gateway.charge(request)

    assert sent.status == again.status == PaymentStatus.PROCESSING
    razorpay.post(f"payments/{sent.capture_id}/end", {"outcome": outcome})
    ended = gateway.fetch_charge(sent.gateway_id or "")
    assert (ended.status, ended.decline_kind) == (status, kind)
    assert len(razorpay.charges()) == 1


def test_announced_debit_cannot_be_withdrawn(gateway: RazorpayGateway, razorpay: RazorpayControl) -> None:
    sent = gateway.charge(request_for(save(gateway, razorpay, vpa="pending@razorpay")))

    assert gateway.cancel_charge(sent.gateway_id or "").status == PaymentStatus.PROCESSING


def test_order_without_its_payment_is_gone_on_with(
    gateway: RazorpayGateway, razorpay: RazorpayControl
) -> None:
    request = request_for(save(gateway, razorpay, number="4718609108204366"))
    razorpay.control.fault("reset_after", match={"path": "/razorpay/v1/orders", "method": "POST"})
    assert gateway.charge(request).status == PaymentStatus.UNKNOWN

    assert gateway.charge(request).status == PaymentStatus.SUCCEEDED

    receipts = [o["receipt"] for o in razorpay.state()["orders"]]
    assert receipts.count("pay_1-1") == 1


def test_other_currencies_are_not_taken(gateway: RazorpayGateway, razorpay: RazorpayControl) -> None:
    assert gateway.takes(currency="INR", kind=MethodKind.UPI)
    assert not gateway.takes(currency="EUR", kind=MethodKind.CARD)
    assert not gateway.takes(currency="INR", kind=MethodKind.PAYPAL)
    assert gateway.minimum_minor("INR") == 100
    request = request_for(save(gateway, razorpay, number="4718609108204366"), currency="KWD")
    assert gateway.charge(request).error_code == "currency_not_supported"


@pytest.mark.parametrize(
    ("outcome", "first", "last"),
    [
        ("processed", RefundStatus.PROCESSING, RefundStatus.SUCCEEDED),
        ("failed", RefundStatus.PROCESSING, RefundStatus.FAILED),
    ],
)
def test_refund_takes_its_time(
    gateway: RazorpayGateway,
    razorpay: RazorpayControl,
    outcome: str,
    first: RefundStatus,
    last: RefundStatus,
) -> None:
    charged = gateway.charge(request_for(save(gateway, razorpay, number="4718609108204366")))
    razorpay.post(f"payments/{charged.capture_id}", {"refunds": "pending"})
    request = RefundRequest(
        "re_1", "re_1", charged.gateway_id or "", charged.capture_id, 10000, "INR", "duplicate", clock.now()
    )

    sent = gateway.refund(request)
    assert sent.status == first
    razorpay.post(f"refunds/{sent.gateway_id}/end", {"outcome": outcome})

    assert gateway.fetch_refund(sent.gateway_id or "").status == last
    assert gateway.charge(request_for(save(gateway, razorpay, number="4718609108204366"))).status == (
        PaymentStatus.SUCCEEDED
    )


@pytest.mark.parametrize(
    ("outcome", "status"),
    [("won", DisputeStatus.WON), ("lost", DisputeStatus.LOST), ("closed", DisputeStatus.LOST)],
)
def test_dispute_ends(
    gateway: RazorpayGateway, razorpay: RazorpayControl, outcome: str, status: DisputeStatus
) -> None:
    charged = gateway.charge(request_for(save(gateway, razorpay, number="4718609108204366")))
    opened = razorpay.post("disputes", {"payment": charged.capture_id})
    inquiry = razorpay.post("disputes", {"payment": charged.capture_id, "phase": "retrieval"})

    razorpay.post(f"disputes/{opened['id']}", {"outcome": outcome})

    assert gateway.fetch_dispute(opened["id"]).status == status
    assert gateway.fetch_dispute(inquiry["id"]).status == DisputeStatus.WARNING


def test_movements_and_payout_leave_nothing(gateway: RazorpayGateway, razorpay: RazorpayControl) -> None:
    since = clock.now() - timedelta(minutes=1)
    charged = gateway.charge(request_for(save(gateway, razorpay, number="4718609108204366")))
    disputed = razorpay.post("disputes", {"payment": charged.capture_id, "amount": 900})
    razorpay.post(f"disputes/{disputed['id']}", {"outcome": "won"})
    settlement = razorpay.post("settle", {})
    until = clock.now() + timedelta(minutes=1)

    moved = list(gateway.movements(since=since, until=until))
    (payout,) = gateway.payouts(since=since, until=until)

    assert sum(m.gross_minor - m.fee_minor for m in moved) == 0
    # 2 % of 499.00 and 18 % tax on it.
    assert [(m.gross_minor, m.fee_minor) for m in moved if m.kind == MovementKind.CHARGE] == [(49900, 1178)]
    assert sorted(m.gross_minor for m in moved if m.kind == MovementKind.ADJUSTMENT) == [-100, 100]
    assert [m.gross_minor for m in moved if m.kind == MovementKind.DISPUTE] == [-900]
    assert [m.gross_minor for m in moved if m.kind == MovementKind.DISPUTE_REVERSAL] == [900]
    assert {m.payout_ref for m in moved} == {settlement["id"]}
    assert (payout.amount_minor, payout.status) == (48722, PayoutStatus.PAID)
    assert len({m.gateway_id for m in moved}) == len(moved)


def test_messages_of_a_setup_lead_to_its_method(gateway: RazorpayGateway, razorpay: RazorpayControl) -> None:
    method = save(gateway, razorpay, vpa="success@razorpay")
    read = [
        gateway.read_message(body=m.body, headers=m.headers, secrets=[WEBHOOK_SECRET], at=clock.now())
        for m in map(signed, razorpay.events())
    ]

    setups = [message for message in read if message.subject == MessageSubject.SETUP]

    assert {message.type for message in setups} == {"token.confirmed", "payment.captured"}
    assert [gateway.finish_setup(message.object_id) for message in setups] == [method, method]
    assert {message.customer_ref for message in setups} == {method.customer_ref}


def test_answer_of_the_window_is_taken_only_with_its_signature(razorpay: RazorpayControl) -> None:
    fields = {"razorpay_order_id": "order_1", "razorpay_payment_id": "pay_1"}
    right = signature(b"order_1|pay_1", KEY_SECRET)

    assert confirmed_setup({**fields, "razorpay_signature": right}) == "order_1"
    for wrong in (
        "",
        right[:-1] + "0" * (right[-1] != "0"),
        signature(b"order_1|pay_1", WEBHOOK_SECRET),
        "é",
    ):
        with pytest.raises(PaymentMethodRefused):
            confirmed_setup({**fields, "razorpay_signature": wrong})
    with pytest.raises(PaymentMethodRefused):
        confirmed_setup({**fields, "razorpay_order_id": "order_2", "razorpay_signature": right})


def test_webhook_is_registered_once_with_our_secret(
    gateway: RazorpayGateway, razorpay: RazorpayControl
) -> None:
    url = "http://127.0.0.1:9/webhooks/razorpay"

    first = gateway.register_webhook(url=url, known_id=None)
    assert first is not None
    again = gateway.register_webhook(url=url, known_id=first.endpoint_id)
    changed = gateway.register_webhook(url=url, known_id=None)

    assert again is None
    assert changed is not None
    assert (changed.endpoint_id, changed.secret != first.secret) == (first.endpoint_id, True)


def test_live_keys_are_refused_by_the_sandbox(razorpay: RazorpayControl, settings: Any) -> None:
    settings.RAZORPAY_KEY_ID = "rzp_live_aaaaaaaaaaaaaa"

    assert RazorpayGateway().fetch_charge("order_1").status == PaymentStatus.UNKNOWN
    assert razorpay.state()["orders"] == []


@pytest.mark.parametrize(
    ("reason", "kind"),
    [
        ("insufficient_funds", DeclineKind.SOFT),
        ("bank_technical_error", DeclineKind.SOFT),
        ("a_reason_of_tomorrow", DeclineKind.SOFT),
        ("card_expired", DeclineKind.HARD),
        ("mandate_cancelled", DeclineKind.HARD),
        ("authentication_failed", DeclineKind.AUTHENTICATION),
    ],
)
def test_reason_says_whether_trying_again_makes_sense(reason: str, kind: DeclineKind) -> None:
    assert decline_kind(reason) == kind


def test_money_wins_over_what_is_under_way_and_what_has_failed() -> None:
    failed = {"id": "pay_1", "status": "failed", "created_at": 3}
    waits = {"id": "pay_2", "status": "authorized", "created_at": 2}
    paid = {"id": "pay_3", "status": "captured", "created_at": 1}

    def told(*payments: dict[str, Any]) -> PaymentStatus | None:
        result = order_result("order_1", payments)
        return result.status if result else None

    assert told() is None
    assert told(failed) == PaymentStatus.FAILED
    assert told(failed, waits) == PaymentStatus.PROCESSING
    assert told(failed, waits, paid) == PaymentStatus.SUCCEEDED


def test_address_is_masked() -> None:
    assert masked_address("ada.lovelace", "okbank") == "ad…@okbank"
    assert masked_address("", "okbank") == ""


@pytest.mark.django_db
def test_connect_keeps_the_secret_that_we_chose(razorpay: RazorpayControl, settings: Any) -> None:
    settings.RAZORPAY_WEBHOOK_SECRET = ""
    url = "http://127.0.0.1:8999/webhooks/razorpay"
    for answer in ("now come", "already come"):
        out = StringIO()
        call_command("connect_razorpay", "--url", url, stdout=out)
        assert out.getvalue() == f"Webhooks {answer} to {url}.\n"

    (secret,) = webhook_secrets("razorpay")
    assert len(secret) == 43
