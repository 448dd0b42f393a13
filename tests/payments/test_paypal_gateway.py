"""What PayPal does otherwise than the contract that all gateways share; on the sandbox."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from apps.core import clock
from apps.payments.enums import (
    DeclineKind,
    DisputeStatus,
    MethodKind,
    MovementKind,
    PaymentStatus,
    PayoutStatus,
    RefundStatus,
)
from apps.payments.errors import GatewayUnreachable
from apps.payments.gateways.paypal.amounts import minor_of, paypal_value, smallest_minor
from apps.payments.gateways.paypal.answers import (
    charge_result,
    decline_kind,
    dispute_status,
    masked_address,
    refund_result,
)
from apps.payments.gateways.registry import gateway_named
from apps.payments.gateways.terms import ChargeRequest, RefundRequest, SetupRequest
from tests.fixtures.paypal import BACK, PayPalSandbox


def request_for(paypal: PayPalSandbox, email: str = "ada@example.com", **changes: Any) -> ChargeRequest:
    request = ChargeRequest(
        reference="pay_1",
        idempotency_key="pay_1-1",
        amount_minor=2900,
        currency="EUR",
        customer_ref="cus_ada",
        method_ref=paypal.save_account(email).gateway_id,
        off_session=True,
        description="A-1",
        sent_at=clock.now(),
        kind=MethodKind.PAYPAL,
    )
    return replace(request, **changes)


def refund_for(gateway_id: str, capture_id: str) -> RefundRequest:
    return RefundRequest(
        reference="re_1",
        idempotency_key="refund-re_1",
        gateway_id=gateway_id,
        capture_id=capture_id,
        amount_minor=2900,
        currency="EUR",
        reason="other",
        sent_at=clock.now(),
    )


@pytest.mark.parametrize(
    ("amount_minor", "currency", "value"),
    [
        (1999, "EUR", "19.99"),
        (5, "USD", "0.05"),
        (500, "JPY", "500"),
        (123400, "HUF", "1234"),
        (123450, "HUF", None),
        (10000, "TWD", "100"),
        (10001, "TWD", None),
    ],
)
def test_amounts_are_written_as_paypal_reads_them(
    amount_minor: int, currency: str, value: str | None
) -> None:
    assert paypal_value(amount_minor, currency) == value
    if value is not None:
        assert minor_of({"value": value, "currency_code": currency}) == amount_minor


def test_least_charge_is_the_smallest_amount_that_can_be_written() -> None:
    assert [smallest_minor(currency) for currency in ("EUR", "JPY", "HUF", "TWD")] == [1, 1, 100, 100]


def test_only_paypal_accounts_in_its_currencies_are_taken() -> None:
    takes = gateway_named("paypal").takes

    assert takes(currency="EUR", kind=MethodKind.PAYPAL)
    assert not takes(currency="EUR", kind=MethodKind.CARD)
    assert not takes(currency="INR", kind=MethodKind.PAYPAL)
    assert not takes(currency="KWD", kind=MethodKind.PAYPAL)


@pytest.mark.parametrize(
    ("name", "code", "kind"),
    [
        ("declined", "instrument_declined", DeclineKind.SOFT),
        ("insufficient", "transaction_refused", DeclineKind.SOFT),
        ("closed", "payer_account_locked_or_closed", DeclineKind.HARD),
        ("restricted", "payer_account_restricted", DeclineKind.HARD),
        ("action", "payer_action_required", DeclineKind.AUTHENTICATION),
        ("denied", "instrument_declined", DeclineKind.SOFT),
    ],
)
def test_each_refusal_is_told_with_its_kind(
    paypal: PayPalSandbox, name: str, code: str, kind: DeclineKind
) -> None:
    result = gateway_named("paypal").charge(request_for(paypal, f"{name}@example.com"))

    assert (result.status, result.error_code, result.decline_kind) == (PaymentStatus.FAILED, code, kind)
    assert result.message


def test_answer_without_words_is_unknown() -> None:
    assert charge_result({}).status == PaymentStatus.UNKNOWN
    assert refund_result({}).status == RefundStatus.UNKNOWN


def test_unknown_issue_may_pass_later() -> None:
    assert decline_kind("AN_ISSUE_OF_TOMORROW") == DeclineKind.SOFT


def test_cheque_is_processing_until_it_is_paid(paypal: PayPalSandbox) -> None:
    gateway = gateway_named("paypal")

    waiting = gateway.charge(request_for(paypal, "pending@example.com"))
    paypal.call("settle_capture", id=waiting.capture_id, outcome="complete")

    assert waiting.status == PaymentStatus.PROCESSING
    assert gateway.fetch_charge(waiting.gateway_id or "").status == PaymentStatus.SUCCEEDED


def test_cheque_that_bounces_has_failed(paypal: PayPalSandbox) -> None:
    gateway = gateway_named("paypal")
    waiting = gateway.charge(request_for(paypal, "pending@example.com"))

    paypal.call("settle_capture", id=waiting.capture_id, outcome="fail")

    ended = gateway.fetch_charge(waiting.gateway_id or "")
    assert (ended.status, ended.decline_kind) == (PaymentStatus.FAILED, DeclineKind.SOFT)


def test_present_customer_approves_and_is_charged_once(paypal: PayPalSandbox) -> None:
    gateway = gateway_named("paypal")
    asked = gateway.charge(request_for(paypal, "action@example.com", off_session=False))
    assert asked.redirect_url == f"{paypal.control.url}/paypal/checkoutnow?token={asked.gateway_id}"
    assert asked.status == PaymentStatus.REQUIRES_ACTION

    paypal.call("approve", id=asked.gateway_id, outcome="approve")
    looks = [gateway.fetch_charge(asked.gateway_id or "") for _ in range(2)]

    assert [look.status for look in looks] == [PaymentStatus.SUCCEEDED] * 2
    assert [capture["amount"]["value"] for capture in paypal.state()["captures"]] == ["29.00"]


def test_withdrawn_order_is_never_captured_even_when_it_is_approved_later(paypal: PayPalSandbox) -> None:
    gateway = gateway_named("paypal")
    asked = gateway.charge(request_for(paypal, "action@example.com", off_session=False))

    canceled = gateway.cancel_charge(asked.gateway_id or "")
    paypal.call("approve", id=asked.gateway_id, outcome="approve")

    assert canceled.status == PaymentStatus.CANCELED
    assert gateway.fetch_charge(asked.gateway_id or "").status == PaymentStatus.CANCELED
    assert paypal.state()["captures"] == []


def test_canceling_what_has_succeeded_tells_the_success(paypal: PayPalSandbox) -> None:
    gateway = gateway_named("paypal")
    paid = gateway.charge(request_for(paypal))

    assert gateway.cancel_charge(paid.gateway_id or "").status == PaymentStatus.SUCCEEDED


def test_forgotten_key_does_not_charge_twice(paypal: PayPalSandbox) -> None:
    """After six hours PayPal knows the key no more; the invoice id is captured once all the same."""
    gateway, request = gateway_named("paypal"), request_for(paypal)
    first = gateway.charge(request)
    paypal.control.forget_idempotency_keys()

    second = gateway.charge(request)

    assert (second.status, second.capture_id) == (PaymentStatus.SUCCEEDED, first.capture_id)
    assert len(paypal.state()["captures"]) == 1


def test_search_that_is_refused_leaves_an_attempt_unknown(paypal: PayPalSandbox) -> None:
    gateway, request = gateway_named("paypal"), request_for(paypal)
    paypal.control.fault("error_500", match={"path": "/paypal/v1/reporting/transactions"})

    found = gateway.find_charge(request)

    assert found is not None
    assert found.status == PaymentStatus.UNKNOWN


def test_order_that_paypal_dropped_is_canceled(paypal: PayPalSandbox) -> None:
    assert gateway_named("paypal").fetch_charge("0AB12345CD678901E").status == PaymentStatus.CANCELED


def test_refund_waits_and_then_fails_or_is_done(paypal: PayPalSandbox) -> None:
    gateway = gateway_named("paypal")
    paid = gateway.charge(request_for(paypal, "refundpending@example.com"))
    waiting = gateway.refund(refund_for(paid.gateway_id or "", paid.capture_id))

    paypal.call("settle_refund", id=waiting.gateway_id, outcome="fail")

    assert waiting.status == RefundStatus.PROCESSING
    assert gateway.fetch_refund(waiting.gateway_id or "").status == RefundStatus.FAILED


def test_refund_that_fails_at_once_says_so(paypal: PayPalSandbox) -> None:
    gateway = gateway_named("paypal")
    paid = gateway.charge(request_for(paypal, "refundfails@example.com"))

    refused = gateway.refund(refund_for(paid.gateway_id or "", paid.capture_id))

    assert (refused.status, refused.error_code) == (RefundStatus.FAILED, "failed")


@pytest.mark.parametrize(
    ("status", "stage", "outcome", "expected"),
    [
        ("OPEN", "INQUIRY", "", DisputeStatus.WARNING),
        ("WAITING_FOR_SELLER_RESPONSE", "CHARGEBACK", "", DisputeStatus.NEEDS_RESPONSE),
        ("UNDER_REVIEW", "CHARGEBACK", "", DisputeStatus.UNDER_REVIEW),
        ("RESOLVED", "CHARGEBACK", "RESOLVED_SELLER_FAVOUR", DisputeStatus.WON),
        ("RESOLVED", "CHARGEBACK", "RESOLVED_WITH_PAYOUT", DisputeStatus.WON),
        ("RESOLVED", "CHARGEBACK", "RESOLVED_BUYER_FAVOUR", DisputeStatus.LOST),
        ("RESOLVED", "INQUIRY", "ACCEPTED", DisputeStatus.LOST),
        ("RESOLVED", "INQUIRY", "CANCELED_BY_BUYER", DisputeStatus.CLOSED),
    ],
)
def test_disputes_are_told_in_our_words(
    status: str, stage: str, outcome: str, expected: DisputeStatus
) -> None:
    dispute = {
        "status": status,
        "dispute_life_cycle_stage": stage,
        "dispute_outcome": {"outcome_code": outcome},
    }

    assert dispute_status(dispute) == expected


def test_account_adds_up_with_a_lost_and_a_won_dispute_and_a_payout(paypal: PayPalSandbox) -> None:
    gateway, began = gateway_named("paypal"), clock.now() - timedelta(minutes=1)
    paid = gateway.charge(request_for(paypal, "disputed@example.com"))
    (dispute,) = paypal.state()["disputes"]
    paypal.call("resolve_dispute", id=dispute["dispute_id"], outcome="RESOLVED_SELLER_FAVOUR")
    payout = paypal.call("pay_out", value="5.00", currency="EUR")

    until = clock.now() + timedelta(minutes=1)
    moved = {m.kind: (m.gross_minor, m.fee_minor) for m in gateway.movements(since=began, until=until)}
    (sent,) = gateway.payouts(since=began, until=until)

    assert paid.status == PaymentStatus.SUCCEEDED
    # 2.99 % of 29.00 is 0.8671, and 0.35: 1.22.
    assert moved == {
        MovementKind.CHARGE: (2900, 122),
        MovementKind.DISPUTE: (-2900, 0),
        MovementKind.FEE: (-2000, 0),
        MovementKind.DISPUTE_REVERSAL: (2900, 0),
        MovementKind.PAYOUT: (-500, 0),
    }
    assert (sent.gateway_id, sent.amount_minor, sent.status) == (payout["id"], 500, PayoutStatus.PAID)


def test_long_time_is_asked_for_in_windows_that_paypal_accepts(paypal: PayPalSandbox) -> None:
    gateway = gateway_named("paypal")
    gateway.charge(request_for(paypal))

    moved = list(gateway.movements(since=clock.now() - timedelta(days=100), until=clock.now() + timedelta(1)))

    assert [m.gross_minor for m in moved] == [2900]


def test_addresses_are_masked() -> None:
    assert masked_address("ada.lovelace@example.com") == "a•••@example.com"
    assert masked_address("") == ""


def test_setup_says_when_paypal_is_away(paypal: PayPalSandbox) -> None:
    paypal.control.fault("reset_before", match={"path": "/paypal/v3/vault/setup-tokens"})

    with pytest.raises(GatewayUnreachable):
        gateway_named("paypal").start_setup(
            SetupRequest(customer_ref="cus_ada", reference="cus_ada", return_url=BACK)
        )


def test_wrong_credentials_leave_a_charge_unknown(paypal: PayPalSandbox, settings: Any) -> None:
    request = request_for(paypal)
    settings.PAYPAL_CLIENT_SECRET = ""

    assert gateway_named("paypal").charge(request).status == PaymentStatus.UNKNOWN


def test_webhook_is_registered_once_and_replaced_when_its_id_is_unknown(paypal: PayPalSandbox) -> None:
    gateway, url = gateway_named("paypal"), "http://127.0.0.1:8000/webhooks/paypal"

    first = gateway.register_webhook(url=url, known_id=None)
    assert first is not None
    again = gateway.register_webhook(url=url, known_id=first.endpoint_id)
    lost = gateway.register_webhook(url=url, known_id="gone")

    assert again is None
    assert lost is not None
    assert [webhook["id"] for webhook in paypal.state()["webhooks"]] == [lost.endpoint_id]
    assert first.endpoint_id != lost.endpoint_id
