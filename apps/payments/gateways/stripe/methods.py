"""Cards that Stripe keeps for its customers."""

from __future__ import annotations

import stripe
import structlog
from django.conf import settings

from apps.payments.errors import PaymentMethodRefused
from apps.payments.gateways.stripe.answers import saved_method
from apps.payments.gateways.stripe.connection import Connection, plain, reachable
from apps.payments.gateways.terms import CustomerDetails, MethodSetup, SavedMethod, SetupRequest

logger = structlog.get_logger(__name__)


class Methods(Connection):
    """Saves cards by setup intents, of which Stripe's own script confirms one on the customer's page."""

    def create_customer(self, details: CustomerDetails) -> str:
        with reachable():
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
        with reachable():
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
        with reachable():
            try:
                answer = self._api.setup_intents.retrieve(setup_id, params={"expand": ["payment_method"]})
            except stripe.InvalidRequestError as unknown:
                raise PaymentMethodRefused("The gateway knows no such setup of a card.") from unknown
        setup = plain(answer)
        if setup["status"] != "succeeded":
            error = setup.get("last_setup_error") or {}
            raise PaymentMethodRefused(error.get("message") or "The card was not saved.")
        method = setup["payment_method"]
        if not method.get("customer"):
            # Stripe attaches the card itself; fakes that do not are told to.
            with reachable():
                attached = self._api.payment_methods.attach(
                    method["id"], params={"customer": setup["customer"]}
                )
            method = plain(attached)
        return saved_method(method)

    def fetch_method(self, *, customer_ref: str, gateway_id: str) -> SavedMethod | None:
        with reachable():
            try:
                method = saved_method(plain(self._api.payment_methods.retrieve(gateway_id)))
            except stripe.InvalidRequestError:
                return None
        return method if method.customer_ref else None

    def detach_method(self, *, customer_ref: str, gateway_id: str) -> None:
        with reachable():
            try:
                self._api.payment_methods.detach(gateway_id)
            except stripe.InvalidRequestError:
                logger.info("payment_method_already_detached", payment_method=gateway_id)
