"""Refunds of the Stripe gateway, on the sandbox, which checks each request against the SDK's types."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from apps.core import clock
from apps.payments.enums import PaymentStatus, RefundReason, RefundStatus
from apps.payments.gateways.registry import gateway_named
from apps.payments.gateways.terms import RefundRequest
from tests.fixtures.gateway import GatewaySandbox
from tests.payments.test_stripe_gateway import request_for

REFUNDS = {"path": "/v1/refunds", "method": "POST"}


def refund_of(gateway: GatewaySandbox, token: str = "pm_card_visa", **changes: Any) -> RefundRequest:
    """EUR 10.00 of a charge of EUR 29.00."""
    charged = gateway_named("stripe").charge(request_for(gateway, token))
    assert charged.status == PaymentStatus.SUCCEEDED
    request = RefundRequest(
        reference="ref_1",
        idempotency_key="ref_1",
        gateway_id=charged.gateway_id or "",
        capture_id=charged.capture_id,
        amount_minor=1000,
        currency="EUR",
        reason=RefundReason.DUPLICATE,
        sent_at=clock.now(),
    )
    return replace(request, **changes)


def test_refund_succeeds_and_says_so_again_under_its_key(gateway: GatewaySandbox) -> None:
    request = refund_of(gateway)
    stripe = gateway_named("stripe")

    first, second = stripe.refund(request), stripe.refund(request)

    assert first.status == RefundStatus.SUCCEEDED
    assert second == first == stripe.find_refund(request) == stripe.fetch_refund(first.gateway_id or "")
    (refund,) = gateway.control.refunds(refund="ref_1")
    assert (refund["amount"], refund["idempotency_key"]) == (1000, "ref_1")


def test_reason_without_a_word_of_stripe_is_not_told(gateway: GatewaySandbox) -> None:
    request = refund_of(gateway, reason=RefundReason.CANCELLATION)

    assert gateway_named("stripe").refund(request).status == RefundStatus.SUCCEEDED


def test_more_than_was_captured_is_refused(gateway: GatewaySandbox) -> None:
    result = gateway_named("stripe").refund(refund_of(gateway, amount_minor=2901))

    assert (result.status, result.gateway_id) == (RefundStatus.FAILED, None)
    assert "greater than unrefunded amount" in result.message


@pytest.mark.parametrize(("kind", "made"), [("reset_before", 0), ("reset_after", 1), ("error_500", 0)])
def test_no_answer_is_unknown_and_found_when_it_was_made(
    gateway: GatewaySandbox, kind: str, made: int
) -> None:
    request = refund_of(gateway)
    gateway.control.fault(kind, match=REFUNDS)
    stripe = gateway_named("stripe")

    assert stripe.refund(request).status == RefundStatus.UNKNOWN

    found = stripe.find_refund(request)
    assert len(gateway.control.refunds()) == made
    assert (found.status if found else None) == (RefundStatus.SUCCEEDED if made else None)


def test_refund_that_cannot_be_looked_up_is_unknown(gateway: GatewaySandbox) -> None:
    request = refund_of(gateway)
    gateway.control.fault("error_429", match={"path": "/v1/refunds"}, times=0)
    stripe = gateway_named("stripe")

    found = stripe.find_refund(request)

    assert found is not None
    assert (found.status, stripe.fetch_refund("re_1").status) == (RefundStatus.UNKNOWN, RefundStatus.UNKNOWN)


def test_refund_that_is_pending_first_and_fails_later(gateway: GatewaySandbox) -> None:
    stripe = gateway_named("stripe")
    waiting = stripe.refund(refund_of(gateway, "pm_card_pendingRefund"))
    assert (waiting.status, waiting.gateway_id is None) == (RefundStatus.PROCESSING, False)

    gateway.control.settle_refund(waiting.gateway_id or "", "failed")

    failed = stripe.fetch_refund(waiting.gateway_id or "")
    assert (failed.status, failed.error_code) == (RefundStatus.FAILED, "expired_or_canceled_card")
    assert failed.message == "The refund came back: expired or canceled card."
