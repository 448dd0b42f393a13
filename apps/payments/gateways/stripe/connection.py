"""How Stripe is reached: a client of our own, and what its failures mean."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, cast

import stripe
import structlog
from django.conf import settings

from apps.payments.errors import GatewayUnreachable, PaymentMethodRefused

logger = structlog.get_logger(__name__)

# Seconds to connect and to wait for an answer: a slow gateway must not hold a worker for minutes.
TIMEOUTS = (5.0, 20.0)


class Connection:
    """One client for the process. It never retries by itself: attempts and their keys are rows of ours."""

    def __init__(self) -> None:
        self._client: stripe.StripeClient | None = None
        self._connected_to: tuple[str, str] | None = None

    @property
    def _api(self) -> stripe.V1Services:
        wanted = (settings.STRIPE_SECRET_KEY, settings.STRIPE_API_BASE)
        if self._client is None or self._connected_to != wanted:
            self._client = stripe_client()
            self._connected_to = wanted
        return self._client.v1


def stripe_client() -> stripe.StripeClient:
    """A client of its own, so that nothing module-wide (such as dj-stripe's host) can redirect a charge."""
    return stripe.StripeClient(
        settings.STRIPE_SECRET_KEY,
        stripe_version=settings.STRIPE_API_VERSION,
        base_addresses={"api": settings.STRIPE_API_BASE},
        max_network_retries=0,
        http_client=stripe.RequestsClient(timeout=TIMEOUTS),
    )


@contextmanager
def reachable() -> Iterator[None]:
    """Turn what the network and Stripe do into GatewayUnreachable, and a refused card into a refusal."""
    try:
        yield
    except stripe.CardError as error:
        raise PaymentMethodRefused(error.user_message or "The card was refused.") from error
    except stripe.StripeError as error:
        logger.warning("gateway_unreachable", error=str(error), kind=type(error).__name__)
        raise GatewayUnreachable("The payment provider did not answer. Try again in a minute.") from error


def plain(answer: Any) -> dict[str, Any]:
    return cast(dict[str, Any], answer.to_dict())
