"""Where Stripe sends its messages."""

from __future__ import annotations

from typing import Any, cast

import stripe
from django.conf import settings

from apps.payments.gateways.terms import WebhookRegistration

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


def register_webhook(api: stripe.V1Services, *, url: str, known_id: str | None) -> WebhookRegistration | None:
    """Have Stripe send messages to `url`; None when the registration `known_id` is in place already."""
    endpoints = list(api.webhook_endpoints.list(params={"limit": 100}).auto_paging_iter())
    here = [endpoint for endpoint in endpoints if endpoint.url == url]
    if known_id is not None and any(
        endpoint.id == known_id and endpoint.status == "enabled" for endpoint in here
    ):
        return None
    for endpoint in here:
        api.webhook_endpoints.delete(endpoint.id)
    made = api.webhook_endpoints.create(
        params={
            "url": url,
            "enabled_events": cast(Any, list(WEBHOOK_EVENTS)),
            "api_version": cast(Any, settings.STRIPE_API_VERSION),
            "description": "Monetize",
        }
    )
    return WebhookRegistration(made.id, made.secret or "")
