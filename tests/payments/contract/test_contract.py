"""What the platform relies on, once for every gateway, on the sandbox."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from apps.core import clock
from apps.payments.enums import (
    DeclineKind,
    DisputeStatus,
    MessageSubject,
    MovementKind,
    PaymentStatus,
    RefundStatus,
)
from apps.payments.errors import WebhookRefused
from tests.payments.contract.case import ADA, GatewayCase


def test_customer_keeps_one_id(case: GatewayCase) -> None:
    assert case.gateway.create_customer(ADA) == case.gateway.create_customer(ADA) != ""


def test_saved_method_is_shown_as_it_was_saved(case: GatewayCase) -> None:
    saved = case.save_method()

    assert saved.kind == case.kind
    assert saved.label or saved.last4
    shown = case.gateway.fetch_method(customer_ref=saved.customer_ref, gateway_id=saved.gateway_id)
    assert shown == saved


def test_detached_method_is_gone_and_takes_no_money(case: GatewayCase) -> None:
    request = case.request()
    for _ in range(2):
        case.gateway.detach_method(customer_ref=request.customer_ref, gateway_id=request.method_ref)

    result = case.gateway.charge(request)

    assert (result.status, result.decline_kind) == (PaymentStatus.FAILED, DeclineKind.HARD)
    assert case.captured_minor() == []
    kept = case.gateway.fetch_method(customer_ref=request.customer_ref, gateway_id=request.method_ref)
    assert kept is None


def test_charge_without_the_customer_succeeds_and_is_found_again(case: GatewayCase) -> None:
    request, result = case.charged()

    assert result.status == PaymentStatus.SUCCEEDED
    assert result.gateway_id
    assert result.capture_id
    assert case.captured_minor() == [2900]
    for again in (case.gateway.fetch_charge(result.gateway_id), case.gateway.find_charge(request)):
        assert again is not None
        assert (again.status, again.gateway_id, again.capture_id) == (
            PaymentStatus.SUCCEEDED,
            result.gateway_id,
            result.capture_id,
        )


def test_same_key_charges_once(case: GatewayCase) -> None:
    request, first = case.charged()

    second = case.gateway.charge(request)

    assert (second.status, second.gateway_id) == (first.status, first.gateway_id)
    assert case.captured_minor() == [2900]


@pytest.mark.parametrize("kind", ["reset_before", "error_500", "error_429"])
def test_charge_that_never_arrived_is_unknown_then_absent(case: GatewayCase, kind: str) -> None:
    request = case.request()
    case.control.fault(kind, match={"path": case.charge_path, "method": "POST"})

    result = case.gateway.charge(request)

    assert result.status == PaymentStatus.UNKNOWN
    assert case.captured_minor() == []
    found = case.gateway.find_charge(request)
    assert found is None or found.status != PaymentStatus.SUCCEEDED


def test_charge_whose_answer_was_lost_is_found(case: GatewayCase) -> None:
    request = case.request()
    case.control.fault("reset_after", match={"path": case.charge_path, "method": "POST"})

    lost = case.gateway.charge(request)

    assert lost.status == PaymentStatus.UNKNOWN
    found = case.gateway.find_charge(request)
    assert found is not None
    ended = case.finish(request, found if found.status != PaymentStatus.UNKNOWN else lost)
    repeated = case.gateway.charge(request) if ended.status != PaymentStatus.SUCCEEDED else ended
    assert case.finish(request, repeated).status == PaymentStatus.SUCCEEDED
    assert case.captured_minor() == [2900]


@pytest.mark.parametrize(("outcome", "kind"), [("soft", DeclineKind.SOFT), ("hard", DeclineKind.HARD)])
def test_decline_is_told_with_its_kind(case: GatewayCase, outcome: str, kind: DeclineKind) -> None:
    request = case.request(outcome)

    result = case.finish(request, case.gateway.charge(request))

    assert (result.status, result.decline_kind) == (PaymentStatus.FAILED, kind)
    assert result.error_code
    assert result.message
    assert case.captured_minor() == []


def test_charge_that_asks_for_an_absent_customer_has_failed(case: GatewayCase) -> None:
    request = case.request("action")

    result = case.finish(request, case.gateway.charge(request))

    assert (result.status, result.decline_kind) == (PaymentStatus.FAILED, DeclineKind.AUTHENTICATION)
    assert case.captured_minor() == []


def test_charge_that_was_never_made_is_not_found(case: GatewayCase) -> None:
    assert case.gateway.find_charge(case.request()) is None


def test_refund_in_two_parts_gives_all_back(case: GatewayCase) -> None:
    _, charged = case.charged()

    first = case.gateway.refund(case.refund_request(charged, 1000))
    rest = case.refund_request(charged, 1900, reference="re_2", idempotency_key="refund-re_2")
    second = case.gateway.refund(rest)

    assert (first.status, second.status) == (RefundStatus.SUCCEEDED, RefundStatus.SUCCEEDED)
    assert sorted(case.refunded_minor()) == [1000, 1900]
    assert case.gateway.fetch_refund(first.gateway_id or "").status == RefundStatus.SUCCEEDED


def test_refund_above_what_was_captured_fails(case: GatewayCase) -> None:
    _, charged = case.charged()

    result = case.gateway.refund(case.refund_request(charged, 2901))

    assert result.status == RefundStatus.FAILED
    assert case.refunded_minor() == []


def test_same_key_refunds_once(case: GatewayCase) -> None:
    _, charged = case.charged()
    request = case.refund_request(charged, 1000)

    first, second = case.gateway.refund(request), case.gateway.refund(request)

    assert (first.status, first.gateway_id) == (second.status, second.gateway_id)
    assert case.refunded_minor() == [1000]


def test_refund_whose_answer_was_lost_is_found(case: GatewayCase) -> None:
    _, charged = case.charged()
    request = case.refund_request(charged, 1000)
    case.control.fault("reset_after", match={"path": case.refund_path, "method": "POST"})

    assert case.gateway.refund(request).status == RefundStatus.UNKNOWN

    found = case.gateway.find_refund(request)
    assert found is not None
    assert (found.status, case.refunded_minor()) == (RefundStatus.SUCCEEDED, [1000])


def test_refund_that_was_never_made_is_not_found(case: GatewayCase) -> None:
    _, charged = case.charged()

    assert case.gateway.find_refund(case.refund_request(charged)) is None


def test_dispute_names_its_charge_and_waits_for_evidence(case: GatewayCase) -> None:
    _, charged = case.charged()

    dispute = case.gateway.fetch_dispute(case.open_dispute(charged))

    assert (dispute.amount_minor, dispute.currency) == (2900, case.currency)
    assert dispute.status == DisputeStatus.NEEDS_RESPONSE
    assert {charged.gateway_id, charged.capture_id} & set(dispute.charge_refs)


def test_evidence_moves_a_dispute_to_its_review(case: GatewayCase) -> None:
    _, charged = case.charged()
    opened = case.open_dispute(charged)

    told = case.gateway.submit_evidence(
        gateway_id=opened, evidence={"uncategorized_text": "It was delivered."}, reference="dp_1"
    )

    assert told.status == DisputeStatus.UNDER_REVIEW


def test_movements_are_charges_less_refunds_and_fees(case: GatewayCase) -> None:
    began = clock.now() - timedelta(minutes=1)
    _, charged = case.charged()
    case.gateway.refund(case.refund_request(charged, 1000))

    moved = list(case.gateway.movements(since=began, until=clock.now() + timedelta(minutes=1)))

    gross = {kind: sum(m.gross_minor for m in moved if m.kind == kind) for kind in MovementKind}
    assert (gross[MovementKind.CHARGE], gross[MovementKind.REFUND]) == (2900, -1000)
    assert {m.currency for m in moved} == {case.currency}
    assert sum(m.fee_minor for m in moved) > 0
    named = {name for m in moved if m.kind == MovementKind.CHARGE for name in (m.source_ref, *m.related_refs)}
    assert {charged.gateway_id, charged.capture_id} & named


def test_movements_outside_the_time_are_left_out(case: GatewayCase) -> None:
    case.charged()
    past = clock.now() - timedelta(days=2)

    assert list(case.gateway.movements(since=past, until=past + timedelta(days=1))) == []


def test_signed_message_is_read(case: GatewayCase) -> None:
    _, charged = case.charged()
    sent = case.message(charged)

    read = case.gateway.read_message(
        body=sent.body, headers=sent.headers, secrets=sent.secrets, at=clock.now()
    )

    assert read.subject == MessageSubject.PAYMENT
    assert read.event_id
    assert read.reference == "pay_1" or {charged.gateway_id, charged.capture_id} & set(read.gateway_ids)


def test_message_is_read_among_several_secrets(case: GatewayCase) -> None:
    _, charged = case.charged()
    sent = case.message(charged)
    secrets = [case.other_secret, *sent.secrets]

    assert case.gateway.read_message(body=sent.body, headers=sent.headers, secrets=secrets, at=clock.now())


def test_altered_message_is_refused(case: GatewayCase) -> None:
    _, charged = case.charged()
    sent = case.message(charged)
    altered = replace(sent, body=sent.body.replace(b"29", b"39", 1))

    with pytest.raises(WebhookRefused):
        case.gateway.read_message(
            body=altered.body, headers=altered.headers, secrets=altered.secrets, at=clock.now()
        )


def test_message_for_another_secret_is_refused(case: GatewayCase) -> None:
    _, charged = case.charged()
    sent = case.message(charged)

    for secrets in ([case.other_secret], []):
        with pytest.raises(WebhookRefused):
            case.gateway.read_message(body=sent.body, headers=sent.headers, secrets=secrets, at=clock.now())


def test_message_without_a_signature_is_refused(case: GatewayCase) -> None:
    _, charged = case.charged()
    sent = case.message(charged)

    with pytest.raises(WebhookRefused):
        case.gateway.read_message(body=sent.body, headers={}, secrets=sent.secrets, at=clock.now())


@pytest.mark.parametrize("direction", [-1, 1])
def test_message_of_another_time_is_refused(case: GatewayCase, direction: int) -> None:
    if case.oldest_message is None:
        pytest.skip("This gateway does not sign the time of its messages.")
    _, charged = case.charged()
    shift = direction * (case.oldest_message + timedelta(minutes=5))
    sent = case.message(charged, signed_at=clock.now() + shift)

    with pytest.raises(WebhookRefused):
        case.gateway.read_message(body=sent.body, headers=sent.headers, secrets=sent.secrets, at=clock.now())
