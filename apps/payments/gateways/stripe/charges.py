"""Charges: one payment intent for each attempt, made under the attempt's key and found by its public id."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, cast

import stripe
import structlog

from apps.payments.enums import DeclineKind, MethodKind, PaymentStatus
from apps.payments.gateways.stripe.answers import MINIMUMS, charge_result, decline_kind, stripe_amount
from apps.payments.gateways.stripe.connection import Connection, plain
from apps.payments.gateways.terms import ChargeRequest, ChargeResult
from apps.pricing.currencies import exponent

logger = structlog.get_logger(__name__)

# Stripe's clock and ours may differ a little when an attempt is looked up by its age.
CLOCK_SKEW = timedelta(minutes=10)
UNANSWERED = ChargeResult(PaymentStatus.UNKNOWN, error_code="no_answer")


class Charges(Connection):
    """Charges of cards. No answer is UNKNOWN, never a failure."""

    kinds: tuple[MethodKind, ...] = (MethodKind.CARD,)

    def takes(self, *, currency: str, kind: MethodKind) -> bool:
        return kind in self.kinds and stripe_amount(10 ** exponent(currency), currency) is not None

    def minimum_minor(self, currency: str) -> int:
        return MINIMUMS.get(currency, 0)

    def charge(self, request: ChargeRequest) -> ChargeResult:
        amount = stripe_amount(request.amount_minor, request.currency)
        if amount is None:
            return ChargeResult(
                PaymentStatus.FAILED,
                error_code="amount_not_expressible",
                decline_kind=DeclineKind.HARD,
                message="The gateway cannot charge this amount in this currency.",
            )
        params: dict[str, Any] = {
            "amount": amount,
            "currency": request.currency.lower(),
            "customer": request.customer_ref,
            "payment_method": request.method_ref,
            "payment_method_types": ["card"],
            "confirm": True,
            "metadata": {"payment": request.reference, **request.metadata},
        }
        if request.description:
            params["description"] = request.description
        if request.off_session:
            params["off_session"] = True
        try:
            intent = self._api.payment_intents.create(
                params=cast(Any, params), options={"idempotency_key": request.idempotency_key}
            )
        except stripe.StripeError as error:
            return _failed_charge(error)
        return self._without_customer(request, charge_result(plain(intent)))

    def fetch_charge(self, gateway_id: str) -> ChargeResult:
        try:
            return charge_result(plain(self._api.payment_intents.retrieve(gateway_id)))
        except stripe.StripeError as error:
            logger.warning("charge_not_fetched", payment_intent=gateway_id, error=str(error))
            return ChargeResult(PaymentStatus.UNKNOWN, gateway_id=gateway_id, error_code="no_answer")

    def find_charge(self, request: ChargeRequest) -> ChargeResult | None:
        since = int((request.sent_at - CLOCK_SKEW).timestamp())
        try:
            page = self._api.payment_intents.list(
                params={"customer": request.customer_ref, "created": {"gte": since}, "limit": 100}
            )
            for intent in page.auto_paging_iter():
                found = plain(intent)
                if found["metadata"].get("payment") == request.reference:
                    return self._without_customer(request, charge_result(found))
        except stripe.StripeError as error:
            logger.warning("charge_not_found_out", payment=request.reference, error=str(error))
            return UNANSWERED
        return None

    def cancel_charge(self, gateway_id: str) -> ChargeResult:
        try:
            return charge_result(plain(self._api.payment_intents.cancel(gateway_id)))
        except stripe.InvalidRequestError:
            # It has succeeded or was canceled already: what it says now is the truth.
            return self.fetch_charge(gateway_id)
        except stripe.StripeError as error:
            logger.warning("charge_not_canceled", payment_intent=gateway_id, error=str(error))
            return ChargeResult(PaymentStatus.UNKNOWN, gateway_id=gateway_id, error_code="no_answer")

    def _without_customer(self, request: ChargeRequest, result: ChargeResult) -> ChargeResult:
        """An off-session charge that asks for the customer has failed: nobody is there to answer.

        The intent is withdrawn, so that a late confirmation cannot pay beside the next attempt.
        """
        if not request.off_session or result.status != PaymentStatus.REQUIRES_ACTION or not result.gateway_id:
            return result
        canceled = self.cancel_charge(result.gateway_id)
        if canceled.status != PaymentStatus.CANCELED:
            return canceled
        return ChargeResult(
            PaymentStatus.FAILED,
            gateway_id=result.gateway_id,
            error_code="authentication_required",
            decline_kind=DeclineKind.AUTHENTICATION,
            message="The bank asks the customer to confirm this payment.",
        )


def _failed_charge(error: stripe.StripeError) -> ChargeResult:
    """A charge that was answered by an error, or not answered at all.

    Only a decline and a refused request are failures. Everything else (no connection, 5xx, 429, a key in
    flight, a wrong API key) leaves the attempt unknown: the customer must not be dunned for it, nor charged
    again.
    """
    if isinstance(error, stripe.CardError | stripe.InvalidRequestError):
        body: dict[str, Any] = ((error.json_body or {}) if isinstance(error.json_body, dict) else {}).get(
            "error", {}
        )
        code, declined = str(error.code or body.get("code") or ""), str(body.get("decline_code") or "")
        return ChargeResult(
            PaymentStatus.FAILED,
            gateway_id=(body.get("payment_intent") or {}).get("id"),
            error_code=code,
            decline_code=declined,
            decline_kind=decline_kind(code, declined)
            if isinstance(error, stripe.CardError)
            else DeclineKind.HARD,
            message=error.user_message or "The payment was declined.",
        )
    logger.warning("charge_unanswered", error=str(error), kind=type(error).__name__)
    replayed = str((error.headers or {}).get("Idempotent-Replayed", "")).lower() == "true"
    return ChargeResult(PaymentStatus.UNKNOWN, error_code=error.code or "no_answer", is_final=replayed)
