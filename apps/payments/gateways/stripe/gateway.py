"""Stripe through stripe-python: it keeps cards and charges them, and knows nothing of plans."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any, cast

import stripe
import structlog
from django.conf import settings

from apps.payments.enums import DeclineKind, GatewayName, MethodKind, PaymentStatus
from apps.payments.errors import GatewayUnreachable, PaymentMethodRefused
from apps.payments.gateways.stripe import account, disputes
from apps.payments.gateways.stripe.answers import (
    MINIMUMS,
    charge_result,
    decline_kind,
    saved_method,
    stripe_amount,
)
from apps.payments.gateways.stripe.messages import read_stripe_message
from apps.payments.gateways.stripe.refunds import fetch_refund, find_refund, make_refund
from apps.payments.gateways.terms import (
    BalanceMovement,
    ChargeRequest,
    ChargeResult,
    CustomerDetails,
    DisputeState,
    GatewayMessage,
    MethodSetup,
    PayoutState,
    RefundRequest,
    RefundResult,
    SavedMethod,
    SetupRequest,
    WebhookRegistration,
)
from apps.pricing.currencies import exponent

logger = structlog.get_logger(__name__)

# Seconds to connect and to wait for an answer: a slow gateway must not hold a worker for minutes.
TIMEOUTS = (5.0, 20.0)
# Stripe's clock and ours may differ a little when an attempt is looked up by its age.
CLOCK_SKEW = timedelta(minutes=10)
# The types that something is done about; Stripe sends no other.
WEBHOOK_EVENTS = (
    "charge.dispute.closed",
    "charge.dispute.created",
    "charge.dispute.funds_reinstated",
    "charge.dispute.funds_withdrawn",
    "charge.dispute.updated",
    "charge.failed",
    "charge.refunded",
    "charge.succeeded",
    "customer.created",
    "customer.deleted",
    "customer.updated",
    "payment_intent.canceled",
    "payment_intent.payment_failed",
    "payment_intent.processing",
    "payment_intent.requires_action",
    "payment_intent.succeeded",
    "payment_method.attached",
    "payment_method.automatically_updated",
    "payment_method.detached",
    "payment_method.updated",
    "refund.created",
    "refund.failed",
    "refund.updated",
    "setup_intent.succeeded",
)
UNANSWERED = ChargeResult(PaymentStatus.UNKNOWN, error_code="no_answer")


class StripeGateway:
    """One client for the process. It never retries by itself: attempts and their keys are rows of ours."""

    name = GatewayName.STRIPE.value
    kinds: tuple[MethodKind, ...] = (MethodKind.CARD,)

    def __init__(self) -> None:
        self._client: stripe.StripeClient | None = None
        self._connected_to: tuple[str, str] | None = None

    def create_customer(self, details: CustomerDetails) -> str:
        with _reachable():
            customer = self._api.customers.create(
                params={
                    "name": details.name,
                    "email": details.email,
                    "metadata": {"customer": details.reference},
                },
                options={"idempotency_key": f"customer-{details.reference}"},
            )
            return customer.id

    def start_setup(self, request: SetupRequest) -> MethodSetup:
        with _reachable():
            setup = self._api.setup_intents.create(
                params={
                    "customer": request.customer_ref,
                    "payment_method_types": ["card"],
                    "usage": "off_session",
                    "metadata": {"customer": request.reference},
                }
            )
        return MethodSetup(setup.id, setup.client_secret or "", settings.STRIPE_PUBLISHABLE_KEY)

    def finish_setup(self, setup_id: str) -> SavedMethod:
        with _reachable():
            try:
                answer = self._api.setup_intents.retrieve(setup_id, params={"expand": ["payment_method"]})
            except stripe.InvalidRequestError as unknown:
                raise PaymentMethodRefused("The gateway knows no such setup of a card.") from unknown
        setup = _plain(answer)
        if setup["status"] != "succeeded":
            error = setup.get("last_setup_error") or {}
            raise PaymentMethodRefused(error.get("message") or "The card was not saved.")
        method = setup["payment_method"]
        if not method.get("customer"):
            # Stripe attaches the card itself; fakes that do not are told to.
            with _reachable():
                attached = self._api.payment_methods.attach(
                    method["id"], params={"customer": setup["customer"]}
                )
            method = _plain(attached)
        return saved_method(method)

    def fetch_method(self, *, customer_ref: str, gateway_id: str) -> SavedMethod | None:
        with _reachable():
            try:
                method = saved_method(_plain(self._api.payment_methods.retrieve(gateway_id)))
            except stripe.InvalidRequestError:
                return None
        return method if method.customer_ref else None

    def detach_method(self, *, customer_ref: str, gateway_id: str) -> None:
        with _reachable():
            try:
                self._api.payment_methods.detach(gateway_id)
            except stripe.InvalidRequestError:
                logger.info("payment_method_already_detached", payment_method=gateway_id)

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
        return self._without_customer(request, charge_result(_plain(intent)))

    def fetch_charge(self, gateway_id: str) -> ChargeResult:
        try:
            return charge_result(_plain(self._api.payment_intents.retrieve(gateway_id)))
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
                found = _plain(intent)
                if found["metadata"].get("payment") == request.reference:
                    return self._without_customer(request, charge_result(found))
        except stripe.StripeError as error:
            logger.warning("charge_not_found_out", payment=request.reference, error=str(error))
            return UNANSWERED
        return None

    def cancel_charge(self, gateway_id: str) -> ChargeResult:
        try:
            return charge_result(_plain(self._api.payment_intents.cancel(gateway_id)))
        except stripe.InvalidRequestError:
            # It has succeeded or was canceled already: what it says now is the truth.
            return self.fetch_charge(gateway_id)
        except stripe.StripeError as error:
            logger.warning("charge_not_canceled", payment_intent=gateway_id, error=str(error))
            return ChargeResult(PaymentStatus.UNKNOWN, gateway_id=gateway_id, error_code="no_answer")

    def refund(self, request: RefundRequest) -> RefundResult:
        return make_refund(self._api, request)

    def fetch_refund(self, gateway_id: str) -> RefundResult:
        return fetch_refund(self._api, gateway_id)

    def find_refund(self, request: RefundRequest) -> RefundResult | None:
        return find_refund(self._api, request)

    def fetch_dispute(self, gateway_id: str) -> DisputeState:
        with _reachable():
            return disputes.fetch_dispute(self._api, gateway_id)

    def submit_evidence(
        self, *, gateway_id: str, evidence: Mapping[str, str], reference: str
    ) -> DisputeState:
        with _reachable():
            return disputes.submit_evidence(
                self._api, gateway_id=gateway_id, evidence=evidence, reference=reference
            )

    def movements(self, *, since: datetime, until: datetime) -> Iterator[BalanceMovement]:
        with _reachable():
            yield from account.movements(self._api, since=since, until=until)

    def payouts(self, *, since: datetime, until: datetime) -> Iterator[PayoutState]:
        with _reachable():
            yield from account.payouts(self._api, since=since, until=until)

    def read_message(
        self, *, body: bytes, headers: Mapping[str, str], secrets: list[str], at: datetime
    ) -> GatewayMessage:
        signature = headers.get("stripe-signature", "")
        return read_stripe_message(body=body, signature=signature, secrets=secrets, at=at)

    def register_webhook(self, *, url: str, known_id: str | None) -> WebhookRegistration | None:
        with _reachable():
            endpoints = list(self._api.webhook_endpoints.list(params={"limit": 100}).auto_paging_iter())
            here = [endpoint for endpoint in endpoints if endpoint.url == url]
            if known_id is not None and any(
                endpoint.id == known_id and endpoint.status == "enabled" for endpoint in here
            ):
                return None
            for endpoint in here:
                self._api.webhook_endpoints.delete(endpoint.id)
            made = self._api.webhook_endpoints.create(
                params={
                    "url": url,
                    "enabled_events": cast(Any, list(WEBHOOK_EVENTS)),
                    "api_version": cast(Any, settings.STRIPE_API_VERSION),
                    "description": "Monetize",
                }
            )
            return WebhookRegistration(made.id, made.secret or "")

    @property
    def _api(self) -> stripe.V1Services:
        wanted = (settings.STRIPE_SECRET_KEY, settings.STRIPE_API_BASE)
        if self._client is None or self._connected_to != wanted:
            self._client = stripe_client()
            self._connected_to = wanted
        return self._client.v1

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


def stripe_client() -> stripe.StripeClient:
    """A client of its own, so that nothing module-wide (such as dj-stripe's host) can redirect a charge."""
    return stripe.StripeClient(
        settings.STRIPE_SECRET_KEY,
        stripe_version=settings.STRIPE_API_VERSION,
        base_addresses={"api": settings.STRIPE_API_BASE},
        max_network_retries=0,
        http_client=stripe.RequestsClient(timeout=TIMEOUTS),
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


@contextmanager
def _reachable() -> Iterator[None]:
    """Turn what the network and Stripe do into GatewayUnreachable, and a refused card into a refusal."""
    try:
        yield
    except stripe.CardError as error:
        raise PaymentMethodRefused(error.user_message or "The card was refused.") from error
    except stripe.StripeError as error:
        logger.warning("gateway_unreachable", error=str(error), kind=type(error).__name__)
        raise GatewayUnreachable("The payment provider did not answer. Try again in a minute.") from error


def _plain(answer: Any) -> dict[str, Any]:
    return cast(dict[str, Any], answer.to_dict())
