"""The contract of a gateway, on the sandbox, which checks each request against the SDK's types."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from apps.core import clock
from apps.payments.enums import DeclineKind, PaymentStatus
from apps.payments.errors import PaymentMethodRefused
from apps.payments.gateways.registry import gateway_named
from apps.payments.gateways.stripe.answers import decline_kind, stripe_amount
from apps.payments.gateways.terms import ChargeRequest, CustomerDetails, SetupRequest
from tests.fixtures.gateway import GatewaySandbox

ADA = CustomerDetails(reference="cus_ada", name="Ada", email="ada@example.com")


def request_for(gateway: GatewaySandbox, token: str = "pm_card_visa", **changes: Any) -> ChargeRequest:
    stripe = gateway_named("stripe")
    customer = stripe.create_customer(ADA)
    setup = stripe.start_setup(SetupRequest(customer_ref=customer, reference=ADA.reference))
    gateway.confirm_setup(setup.setup_id, token)
    method = stripe.finish_setup(setup.setup_id)
    request = ChargeRequest(
        reference="pay_1",
        idempotency_key="pay_1-1",
        amount_minor=2900,
        currency="EUR",
        customer_ref=customer,
        method_ref=method.gateway_id,
        off_session=True,
        description="A-1",
        sent_at=clock.now(),
        metadata={"invoice": "inv_1"},
    )
    return replace(request, **changes)


def test_customer_is_created_once_for_one_reference(gateway: GatewaySandbox) -> None:
    stripe = gateway_named("stripe")

    assert stripe.create_customer(ADA) == stripe.create_customer(ADA)


def test_charge_succeeds_and_says_so_again_under_its_key(gateway: GatewaySandbox) -> None:
    request = request_for(gateway)
    stripe = gateway_named("stripe")

    first, second = stripe.charge(request), stripe.charge(request)

    assert first.status == PaymentStatus.SUCCEEDED
    assert second == first
    assert stripe.fetch_charge(first.gateway_id or "") == first
    assert stripe.find_charge(request) == first
    (charge,) = gateway.control.charges()
    assert (charge["amount"], charge["metadata"]) == (2900, {"payment": "pay_1", "invoice": "inv_1"})


@pytest.mark.parametrize(
    ("behaviour", "code", "declined", "kind"),
    [
        ("insufficient_funds", "card_declined", "insufficient_funds", DeclineKind.SOFT),
        ("generic_decline", "card_declined", "generic_decline", DeclineKind.SOFT),
        ("processing_error", "processing_error", "processing_error", DeclineKind.SOFT),
        ("lost_card", "card_declined", "lost_card", DeclineKind.HARD),
        ("stolen_card", "card_declined", "stolen_card", DeclineKind.HARD),
        ("expired_card", "expired_card", "expired_card", DeclineKind.HARD),
        (
            "authenticate_always",
            "authentication_required",
            "authentication_required",
            DeclineKind.AUTHENTICATION,
        ),
    ],
)
def test_decline_is_told_with_its_kind(
    gateway: GatewaySandbox, behaviour: str, code: str, declined: str, kind: DeclineKind
) -> None:
    request = request_for(gateway)
    gateway.control.set_behaviour(request.method_ref, behaviour)

    result = gateway_named("stripe").charge(request)

    assert (result.status, result.decline_kind) == (PaymentStatus.FAILED, kind)
    assert (result.error_code, result.decline_code) == (code, declined)
    assert result.message
    assert gateway_named("stripe").fetch_charge(result.gateway_id or "").decline_kind == kind


def test_on_session_charge_may_ask_for_the_customer(gateway: GatewaySandbox) -> None:
    request = request_for(gateway, "pm_card_authenticationRequired", off_session=False)
    stripe = gateway_named("stripe")

    result = stripe.charge(request)

    assert result.status == PaymentStatus.REQUIRES_ACTION
    assert result.client_secret.startswith(f"{result.gateway_id}_secret_")
    assert stripe.cancel_charge(result.gateway_id or "").status == PaymentStatus.CANCELED


def test_canceling_what_has_succeeded_tells_the_success(gateway: GatewaySandbox) -> None:
    stripe = gateway_named("stripe")
    paid = stripe.charge(request_for(gateway))

    assert stripe.cancel_charge(paid.gateway_id or "").status == PaymentStatus.SUCCEEDED


@pytest.mark.parametrize("kind", ["reset_before", "reset_after", "error_500", "error_429"])
def test_charge_without_an_answer_is_unknown(gateway: GatewaySandbox, kind: str) -> None:
    request = request_for(gateway)
    gateway.control.fault(kind, match={"path": "/v1/payment_intents"})

    result = gateway_named("stripe").charge(request)

    assert (result.status, result.is_final) == (PaymentStatus.UNKNOWN, False)


def test_stored_error_is_known_to_be_final(gateway: GatewaySandbox) -> None:
    request = request_for(gateway)
    gateway.control.fault("error_500", match={"path": "/v1/payment_intents"})
    gateway_named("stripe").charge(request)

    assert gateway_named("stripe").charge(request).is_final


def test_charge_that_was_never_made_is_not_found(gateway: GatewaySandbox) -> None:
    assert gateway_named("stripe").find_charge(request_for(gateway)) is None


def test_detached_card_cannot_be_charged(gateway: GatewaySandbox) -> None:
    request = request_for(gateway)
    stripe = gateway_named("stripe")

    stripe.detach_method(customer_ref="", gateway_id=request.method_ref)
    stripe.detach_method(customer_ref="", gateway_id=request.method_ref)

    result = stripe.charge(request)
    assert (result.status, result.decline_kind) == (PaymentStatus.FAILED, DeclineKind.HARD)
    assert stripe.fetch_method(customer_ref="", gateway_id=request.method_ref) is None


def test_setup_with_a_declined_card_is_refused(gateway: GatewaySandbox) -> None:
    stripe = gateway_named("stripe")
    setup = stripe.start_setup(
        SetupRequest(customer_ref=stripe.create_customer(ADA), reference=ADA.reference)
    )

    with pytest.raises(PaymentMethodRefused):
        stripe.finish_setup(setup.setup_id)


@pytest.mark.parametrize(
    ("amount_minor", "currency", "expected"),
    [
        (1999, "EUR", 1999),
        (500, "JPY", 500),
        (5, "ISK", 500),
        (5, "UGX", 500),
        (1230, "KWD", 1230),
        (1235, "KWD", None),
        (1000, "MGA", 10),
        (1050, "MGA", None),
    ],
)
def test_amounts_are_given_in_stripes_units(amount_minor: int, currency: str, expected: int | None) -> None:
    assert stripe_amount(amount_minor, currency) == expected


def test_unknown_decline_codes_are_soft() -> None:
    assert decline_kind("card_declined", "a_code_of_tomorrow") == DeclineKind.SOFT
