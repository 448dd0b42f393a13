"""Checks that a webhook comes from PayPal, here and without asking PayPal, and tells what it is about.

Source: developer.paypal.com/api/rest/webhooks/rest, "self verification".
"""

from __future__ import annotations

import binascii
import json
import zlib
from base64 import b64decode
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from django.conf import settings

from apps.payments.enums import MessageSubject
from apps.payments.errors import WebhookRefused
from apps.payments.gateways.paypal.answers import WITHDRAWN, unit_of
from apps.payments.gateways.paypal.certificates import signing_key
from apps.payments.gateways.terms import GatewayMessage

# PayPal tries to deliver for three days, perhaps with the first time in the signature.
OLDEST = timedelta(days=4)
CLOCK_SKEW = timedelta(minutes=5)
ALGORITHM = "SHA256withRSA"
# By how the type begins, the longest first.
SUBJECTS = {
    "PAYMENT.CAPTURE.REFUNDED": MessageSubject.REFUND,
    "PAYMENT.CAPTURE.REVERSED": MessageSubject.REFUND,
    "PAYMENT.REFUND.": MessageSubject.REFUND,
    "PAYMENT.CAPTURE.": MessageSubject.PAYMENT,
    "CHECKOUT.ORDER.": MessageSubject.PAYMENT,
    "CUSTOMER.DISPUTE.": MessageSubject.DISPUTE,
    "VAULT.PAYMENT-TOKEN.": MessageSubject.METHOD,
}


def read_paypal_message(
    *, body: bytes, headers: Mapping[str, str], webhook_ids: list[str], at: datetime
) -> GatewayMessage:
    """The event in a webhook that PayPal signed for one of our webhook ids; `at` is real time.

    Raises:
        WebhookRefused: no or a wrong signature, too old, from the future, or not an event.
        GatewayUnreachable: the certificate cannot be fetched now.
    """
    sent_at = headers.get("paypal-transmission-time", "")
    _check_time(sent_at, at)
    if headers.get("paypal-auth-algo", "") != ALGORITHM:
        raise WebhookRefused("The signature is of another kind.")
    key = signing_key(headers.get("paypal-cert-url", ""), at=at)
    try:
        signature = b64decode(headers.get("paypal-transmission-sig", ""), validate=True)
    except (binascii.Error, ValueError) as error:
        raise WebhookRefused("The signature cannot be read.") from error
    transmission = headers.get("paypal-transmission-id", "")
    checksum = zlib.crc32(body)
    if not any(
        _is_signed(key, signature, f"{transmission}|{sent_at}|{webhook_id}|{checksum}")
        for webhook_id in webhook_ids
    ):
        raise WebhookRefused("The signature does not match.")
    return _message(body)


def _check_time(sent_at: str, at: datetime) -> None:
    try:
        moment = datetime.fromisoformat(sent_at)
        late = not (-CLOCK_SKEW <= at - moment <= OLDEST)
    except (ValueError, TypeError) as error:
        raise WebhookRefused("The message has no time.") from error
    if late:
        raise WebhookRefused("The message is too old, or from the future.")


def _is_signed(key: RSAPublicKey, signature: bytes, text: str) -> bool:
    try:
        key.verify(signature, text.encode(), PKCS1v15(), hashes.SHA256())
    except InvalidSignature:
        return False
    return True


def _message(body: bytes) -> GatewayMessage:
    """The checksum that is signed has 32 bits: nothing in here is believed, all of it is asked for again."""
    try:
        event: dict[str, Any] = json.loads(body)
        resource = event["resource"]
        kind = str(event["event_type"])
        customer = resource.get("customer") or {}
        return GatewayMessage(
            event_id=str(event["id"]),
            type=kind,
            livemode=settings.PAYPAL_LIVE_MODE,
            object_id=str(resource.get("dispute_id") or resource.get("id") or ""),
            payload=event,
            subject=_subject(kind),
            reference=_own_id(resource),
            gateway_ids=_ids(resource),
            customer_ref=str(customer.get("merchant_customer_id") or ""),
        )
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise WebhookRefused("The body is not an event.") from error


def _subject(kind: str) -> MessageSubject:
    return next(
        (subject for start, subject in SUBJECTS.items() if kind.startswith(start)), MessageSubject.OTHER
    )


def _own_id(resource: dict[str, Any]) -> str:
    """Our public id of what the message is about; an order keeps it in its purchase unit."""
    own = resource.get("custom_id") or unit_of(resource).get("custom_id") or ""
    return str(own).removeprefix(WITHDRAWN)


def _ids(resource: dict[str, Any]) -> tuple[str, ...]:
    """The subject's own id, and those of the order and the captures that it belongs to."""
    related = (resource.get("supplementary_data") or {}).get("related_ids") or {}
    disputed = resource.get("disputed_transactions") or []
    named = (
        resource.get("dispute_id"),
        resource.get("id"),
        related.get("order_id"),
        related.get("capture_id"),
        *(transaction.get("seller_transaction_id") for transaction in disputed),
    )
    return tuple(value for value in named if isinstance(value, str) and value)
