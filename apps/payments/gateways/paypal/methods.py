"""Keeps PayPal accounts: a setup token that the buyer approves becomes a payment token."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import structlog

from apps.payments.enums import MethodKind
from apps.payments.errors import GatewayUnreachable, PaymentMethodRefused
from apps.payments.gateways.paypal.answers import approval_link, saved_method
from apps.payments.gateways.paypal.connection import Connection, NoAnswer, Refused
from apps.payments.gateways.terms import CustomerDetails, MethodSetup, SavedMethod, SetupRequest

logger = structlog.get_logger(__name__)

# What the buyer agrees to: charges of any amount at any time, after the service was delivered.
USAGE_PATTERN = "UNSCHEDULED_POSTPAID"


class PayPalMethods:
    kinds: tuple[MethodKind, ...] = (MethodKind.PAYPAL,)
    _api: Connection

    def create_customer(self, details: CustomerDetails) -> str:
        """PayPal keeps no customers of ours: tokens carry our own id."""
        return details.reference

    def start_setup(self, request: SetupRequest) -> MethodSetup:
        with reachable():
            token = self._api.call(
                self._api.sdk.vault.create_setup_token,
                {
                    "body": {
                        "customer": {"merchant_customer_id": request.customer_ref},
                        "payment_source": {"paypal": _account_wish(request.return_url)},
                    }
                },
            )
        return MethodSetup(token["id"], redirect_url=approval_link(token))

    def finish_setup(self, setup_id: str) -> SavedMethod:
        with reachable():
            try:
                # The key makes a second call give the same token.
                token = self._api.call(
                    self._api.sdk.vault.create_payment_token,
                    {
                        "paypal_request_id": f"token-{setup_id}",
                        "body": {"payment_source": {"token": {"id": setup_id, "type": "SETUP_TOKEN"}}},
                    },
                )
            except Refused as refused:
                raise PaymentMethodRefused("PayPal did not save the account.") from refused
        return saved_method(token)

    def fetch_method(self, *, customer_ref: str, gateway_id: str) -> SavedMethod | None:
        with reachable():
            try:
                return saved_method(self._api.call(self._api.sdk.vault.get_payment_token, gateway_id))
            except Refused:
                return None

    def detach_method(self, *, customer_ref: str, gateway_id: str) -> None:
        with reachable():
            try:
                self._api.call(self._api.sdk.vault.delete_payment_token, gateway_id)
            except Refused:
                logger.info("payment_method_already_detached", payment_method=gateway_id)


def _account_wish(return_url: str) -> dict[str, Any]:
    """An account that may be charged when its owner is not there; approved or not, they come back."""
    return {
        "usage_type": "MERCHANT",
        "usage_pattern": USAGE_PATTERN,
        "experience_context": {
            "return_url": return_url,
            "cancel_url": return_url,
            "shipping_preference": "NO_SHIPPING",
        },
    }


@contextmanager
def reachable() -> Iterator[None]:
    """Turn silence, and a refusal that nobody expected, into GatewayUnreachable."""
    try:
        yield
    except (NoAnswer, Refused) as error:
        logger.warning("gateway_unreachable", error=str(error), kind=type(error).__name__)
        raise GatewayUnreachable("PayPal did not answer. Try again in a minute.") from error
