"""Checks that a webhook comes from Stripe, and is neither old nor from the future."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

import stripe

from apps.payments.enums import MessageSubject
from apps.payments.errors import WebhookRefused
from apps.payments.gateways.terms import GatewayMessage

# Stripe's own bound for the past. stripe-python has none for the future: a signature that was made with a
# wrong
# clock would stay replayable for as long as that clock was ahead.
TOLERANCE = timedelta(seconds=300)
# By how the type begins, the longest first.
SUBJECTS = {
    "charge.dispute.": MessageSubject.DISPUTE,
    "charge.refund.": MessageSubject.REFUND,
    "refund.": MessageSubject.REFUND,
    "charge.": MessageSubject.PAYMENT,
    "payment_intent.": MessageSubject.PAYMENT,
    "payment_method.": MessageSubject.METHOD,
    "setup_intent.": MessageSubject.SETUP,
    "payout.": MessageSubject.PAYOUT,
}


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
            subject=_subject(str(event["type"])),
            reference=_own_id(subject),
            gateway_ids=_ids(subject),
            customer_ref=subject["customer"] if isinstance(subject.get("customer"), str) else "",
        )
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise WebhookRefused("The body is not an event.") from error


def _subject(kind: str) -> MessageSubject:
    return next(
        (subject for start, subject in SUBJECTS.items() if kind.startswith(start)), MessageSubject.OTHER
    )


def _own_id(subject: dict[str, Any]) -> str:
    """Our public id of what the message is about, which went out as metadata."""
    metadata = subject.get("metadata") or {}
    return str(metadata.get("refund") or metadata.get("payment") or "")


def _ids(subject: dict[str, Any]) -> tuple[str, ...]:
    named = (subject.get("id"), subject.get("payment_intent"), subject.get("charge"))
    return tuple(value for value in named if isinstance(value, str) and value)


def _is_signed(body: bytes, signature: str, secret: str) -> bool:
    try:
        return bool(stripe.WebhookSignature.verify_header(body, signature, secret))
    except (stripe.SignatureVerificationError, UnicodeDecodeError):
        return False


def _signed_second(signature: str) -> int:
    """The `t=` of a header that verify_header has read, so it is there; the first one, as there."""
    parts = dict(reversed([part.split("=", 1) for part in signature.split(",") if "=" in part]))
    return int(parts["t"])
