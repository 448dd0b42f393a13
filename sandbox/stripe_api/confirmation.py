"""One attempt to collect a payment intent: success, a question to the customer, or a decline."""

from __future__ import annotations

from dataclasses import dataclass

from sandbox.call import Call
from sandbox.cards import AUTHENTICATION_REQUIRED, DISPUTES, Behaviour, Decline, charge_outcome
from sandbox.errors import ApiError, declined
from sandbox.messages import Json
from sandbox.store import Record
from sandbox.stripe_api.charges import record_charge
from sandbox.stripe_api.disputes import open_dispute
from sandbox.stripe_api.next_actions import next_action
from sandbox.stripe_api.payment_methods import attach_method, refuse_detached
from sandbox.stripe_api.setup_intents import AUTHENTICATION_FAILED


@dataclass(frozen=True, slots=True)
class Attempt:
    """Under which circumstances an intent is confirmed."""

    off_session: bool = False
    error_on_action: bool = False
    authenticated: bool = False
    authentication_failed: bool = False

    @classmethod
    def of(cls, params: Json) -> Attempt:
        return cls(bool(params.get("off_session")), bool(params.get("error_on_requires_action")))


def confirm(call: Call, intent: Json, attempt: Attempt) -> Json:
    """Charge the intent's method.

    Raises:
        ApiError: no usable method (400), or a decline (402; the failed charge and the intent are kept).
    """
    if intent["payment_method"] is None:
        raise ApiError(
            "You cannot confirm this PaymentIntent because it's missing a payment method. "
            "Update the PaymentIntent with a payment method and then confirm it again.",
            code="payment_intent_unexpected_state",
            extra={"payment_intent": intent},
        )
    method = call.load("payment_method", intent["payment_method"])
    refuse_detached(method)
    if attempt.authentication_failed:
        error = ApiError(AUTHENTICATION_FAILED, code="payment_intent_authentication_failure")
        return _fail(call, intent, error, method)
    outcome = charge_outcome(
        Behaviour(method.hidden["behaviour"]),
        off_session=attempt.off_session,
        set_up=bool(method.hidden["set_up"]),
        authenticated=attempt.authenticated,
    )
    if outcome is False and attempt.error_on_action:
        outcome = AUTHENTICATION_REQUIRED
    if isinstance(outcome, Decline):
        raise _decline(call, intent, method, outcome, attempt)
    return _succeed(call, intent, method, attempt) if outcome else _ask(call, intent)


def _succeed(call: Call, intent: Json, method: Record, attempt: Attempt) -> Json:
    captured = intent["capture_method"] != "manual"
    if intent["setup_future_usage"] and intent["customer"]:
        method = attach_method(call, method, intent["customer"])
        call.store.update(method.data, hidden={**method.hidden, "set_up": True})
    charge = record_charge(
        call, intent, method, decline=None, authenticated=attempt.authenticated, captured=captured
    )
    intent.update(latest_charge=charge["id"], next_action=None, last_payment_error=None)
    if captured:
        intent.update(status="succeeded", amount_received=intent["amount"])
    else:
        intent.update(status="requires_capture", amount_capturable=intent["amount"])
    call.store.update(intent)
    call.emit("payment_intent.succeeded" if captured else "payment_intent.amount_capturable_updated", intent)
    behaviour = Behaviour(method.hidden["behaviour"])
    if captured and behaviour in DISPUTES:
        inquiry = behaviour is Behaviour.INQUIRED
        open_dispute(call, charge["id"], reason=DISPUTES[behaviour], inquiry=inquiry)
    return intent


def _ask(call: Call, intent: Json) -> Json:
    intent["status"] = "requires_action"
    intent["next_action"] = next_action(call, intent)
    call.store.update(intent)
    call.emit("payment_intent.requires_action", intent)
    return intent


def _decline(call: Call, intent: Json, method: Record, decline: Decline, attempt: Attempt) -> ApiError:
    charge = record_charge(
        call, intent, method, decline=decline, authenticated=attempt.authenticated, captured=False
    )
    intent["latest_charge"] = charge["id"]
    error = declined(decline, charge=charge["id"], payment_method=method.data)
    error.extra["network_decline_code"] = decline.network_code
    _fail(call, intent, error, method)
    error.extra["payment_intent"] = intent
    return error


def _fail(call: Call, intent: Json, error: ApiError, method: Record) -> Json:
    detail = {**error.body(call.request_id)["error"], "payment_method": method.data}
    intent.update(
        status="requires_payment_method", payment_method=None, next_action=None, last_payment_error=detail
    )
    call.store.update(intent)
    call.emit("payment_intent.payment_failed", intent)
    return intent
