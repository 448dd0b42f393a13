"""Checks that a webhook comes from Stripe, and is neither old nor from the future."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

import stripe

from apps.payments.errors import WebhookRefused
from apps.payments.gateways.protocol import GatewayMessage

# Stripe's own bound for the past. stripe-python has none for the future: a signature that was made with a
# wrong
# clock would stay replayable for as long as that clock was ahead.
TOLERANCE = timedelta(seconds=300)


def read_stripe_message(*, body: bytes, signature: str, secrets: list[str], at: datetime) -> GatewayMessage:
    """The event in a webhook that one of the secrets signed within five minutes of `at` (real time).

    Raises:
        WebhookRefused: no or a wrong signature, too old, from the future, or not an event.
    """
    if not any(_is_signed(body, signature, secret) for secret in secrets):
        raise WebhookRefused("The signature does not match.")
    if abs(at.timestamp() - _signed_second(signature)) > TOLERANCE.total_seconds():
        raise WebhookRefused("The signature is too old, or from the future.")
    try:
        event: dict[str, Any] = json.loads(body)
        subject = event["data"]["object"]
        return GatewayMessage(
            event_id=str(event["id"]),
            type=str(event["type"]),
            livemode=bool(event["livemode"]),
            object_id=str(subject.get("id") or ""),
            payload=event,
        )
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise WebhookRefused("The body is not an event.") from error


def _is_signed(body: bytes, signature: str, secret: str) -> bool:
    try:
        return bool(stripe.WebhookSignature.verify_header(body, signature, secret))
    except (stripe.SignatureVerificationError, UnicodeDecodeError):
        return False


def _signed_second(signature: str) -> int:
    """The `t=` of a header that verify_header has read, so it is there; the first one, as there."""
    parts = dict(reversed([part.split("=", 1) for part in signature.split(",") if "=" in part]))
    return int(parts["t"])
