"""What a rehearsal does at the gateway's sandbox in place of people: typing a card, and being a bank."""

from __future__ import annotations

import json
import urllib.request
from datetime import datetime
from typing import Any
from urllib.error import HTTPError

import stripe
from django.conf import settings

from apps.billing.services.collection.adopt_method import adopt_method
from apps.core.errors import InvalidInput
from apps.customers.models import Customer
from apps.payments.errors import PaymentMethodRefused
from apps.payments.gateways.stripe.connection import stripe_client
from apps.payments.models import PaymentMethod
from apps.payments.services.start_setup import start_setup


def save_card(*, customer: Customer, at: datetime, card: str = "pm_card_visa") -> PaymentMethod:
    """Save a card as the card page does: set up here, confirmed at the gateway, adopted here.

    Raises:
        PaymentMethodRefused: the bank refuses to save it (402), or the sandbox knows no such card.
    """
    setup = start_setup(customer=customer, at=at)
    try:
        intent = stripe_client().v1.setup_intents.confirm(setup.setup_id, params={"payment_method": card})
    except (stripe.CardError, stripe.InvalidRequestError) as error:
        raise PaymentMethodRefused(error.user_message or str(error)) from error
    if intent.status == "requires_action":
        _call("authenticate", {"intent": setup.setup_id, "outcome": "complete"})
    return adopt_method(customer=customer, setup_id=setup.setup_id, at=at)


def set_card_behaviour(*, method: PaymentMethod, behaviour: str) -> None:
    """Say what the bank answers from now on: `ok`, `insufficient_funds`, `lost_card`, …

    Raises:
        InvalidInput: the sandbox knows no such behaviour (422).
    """
    _call(f"payment_methods/{method.gateway_id}", {"behaviour": behaviour})


def hold_webhooks(*, held: bool) -> None:
    """Hold the sandbox's webhooks back, or let them go."""
    _call("webhooks", {"paused": held})


def _call(path: str, body: dict[str, Any]) -> None:
    request = urllib.request.Request(  # noqa: S310 - the sandbox's own address, from the settings
        f"{settings.STRIPE_API_BASE}/_sandbox/{path}",
        json.dumps(body).encode(),
        {"Content-Type": "application/json"},
        method="POST",
    )
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310
            answer.read()
    except HTTPError as error:
        raise InvalidInput(f"The sandbox refused {body}: {error.read().decode()}") from error
