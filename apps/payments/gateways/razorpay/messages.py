"""Checks that a webhook, or what the customer's window hands back, comes from Razorpay."""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets as random
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.conf import settings

from apps.payments.enums import MessageSubject
from apps.payments.errors import PaymentMethodRefused, WebhookRefused
from apps.payments.gateways.razorpay.connection import Connection, reachable
from apps.payments.gateways.razorpay.methods import SETUP_PURPOSE
from apps.payments.gateways.terms import GatewayMessage, WebhookRegistration

WEBHOOK_EVENTS = (
    "payment.authorized",
    "payment.captured",
    "payment.failed",
    "payment.dispute.created",
    "payment.dispute.under_review",
    "payment.dispute.action_required",
    "payment.dispute.won",
    "payment.dispute.lost",
    "payment.dispute.closed",
    "refund.created",
    "refund.processed",
    "refund.failed",
    "settlement.processed",
    "token.confirmed",
    "token.rejected",
    "token.cancelled",
    "token.paused",
)
# What a message is about is the part of its payload of this name; the longest beginning decides.
SUBJECTS = {
    "payment.dispute.": (MessageSubject.DISPUTE, "dispute"),
    "payment.": (MessageSubject.PAYMENT, "payment"),
    "refund.": (MessageSubject.REFUND, "refund"),
    "settlement.": (MessageSubject.PAYOUT, "settlement"),
    "token.": (MessageSubject.METHOD, "token"),
}


class Messages(Connection):
    """SendsMessages. Razorpay signs the body and nothing else: no time, and not the id of the message."""

    def read_message(
        self, *, body: bytes, headers: Mapping[str, str], secrets: list[str], at: datetime
    ) -> GatewayMessage:
        """A repeated delivery has the body of the first, hours later: its age says nothing."""
        signature = headers.get("x-razorpay-signature", "")
        if not any(_is_signed(body, signature, secret) for secret in secrets if secret):
            raise WebhookRefused("The signature does not match.")
        try:
            return _message(json.loads(body), headers.get("x-razorpay-event-id") or _digest(body))
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise WebhookRefused("The body is not an event.") from error

    def register_webhook(self, *, url: str, known_id: str | None) -> WebhookRegistration | None:
        """Razorpay takes the secret from us; a registration of the address with another one is changed."""
        with reachable():
            here = [hook for hook in self.api.webhook.all({"count": 100})["items"] if hook["url"] == url]
            if known_id is not None and any(hook["id"] == known_id and hook["active"] for hook in here):
                return None
            secret = random.token_urlsafe(32)
            wish = {
                "url": url,
                "secret": secret,
                "active": True,
                "events": dict.fromkeys(WEBHOOK_EVENTS, True),
            }
            made = self.api.webhook.edit(here[0]["id"], None, wish) if here else self.api.webhook.create(wish)
        return WebhookRegistration(made["id"], secret)


def confirmed_setup(fields: Mapping[str, str]) -> str:
    """The setup that Razorpay's window says is done, when its signature is Razorpay's.

    Raises:
        PaymentMethodRefused: the fields were not signed with the account's secret (402).
    """
    order_id, payment_id = fields.get("razorpay_order_id", ""), fields.get("razorpay_payment_id", "")
    signed = f"{order_id}|{payment_id}".encode()
    if not order_id or not _is_signed(
        signed, fields.get("razorpay_signature", ""), settings.RAZORPAY_KEY_SECRET
    ):
        raise PaymentMethodRefused("The answer of the payment provider could not be verified.")
    return order_id


def _is_signed(body: bytes, signature: str, secret: str) -> bool:
    expected = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    return hmac.compare_digest(expected.encode(), signature.encode())


def _digest(body: bytes) -> str:
    return f"body:{hashlib.sha256(body).hexdigest()}"


def _message(event: dict[str, Any], event_id: str) -> GatewayMessage:
    kind = str(event["event"])
    about, part = next(
        (found for start, found in SUBJECTS.items() if kind.startswith(start)), (MessageSubject.OTHER, "")
    )
    subject: dict[str, Any] = event["payload"][part]["entity"] if part else {}
    notes = subject.get("notes") or {}
    object_id = str(subject.get("id") or "")
    if about == MessageSubject.PAYMENT and notes.get("purpose") == SETUP_PURPOSE:
        about, object_id = MessageSubject.SETUP, str(subject["order_id"])
    elif kind == "token.confirmed":
        about, object_id = MessageSubject.SETUP, f"{subject['customer_id']}/{object_id}"
    return GatewayMessage(
        event_id=event_id,
        type=kind,
        livemode=settings.RAZORPAY_LIVE_MODE,
        object_id=object_id,
        payload=event,
        subject=about,
        reference=str(notes.get("refund") or notes.get("payment") or ""),
        gateway_ids=_ids(subject),
        customer_ref=str(subject.get("customer_id") or ""),
    )


def _ids(subject: dict[str, Any]) -> tuple[str, ...]:
    named = (subject.get("id"), subject.get("order_id"), subject.get("payment_id"))
    return tuple(value for value in named if isinstance(value, str) and value)
