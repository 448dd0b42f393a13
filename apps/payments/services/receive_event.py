from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from apps.payments.gateways.registry import gateway_named
from apps.payments.gateways.terms import GatewayMessage
from apps.payments.models import GatewayEvent
from apps.payments.selectors import webhook_secrets


def receive_event(
    *, gateway: str, body: bytes, headers: Mapping[str, str], received_at: datetime
) -> GatewayEvent:
    """Put a gateway's message into the inbox, once, and do nothing about it.

    `headers` go by lower-case name; `received_at` is real time.

    Raises:
        WebhookRefused: not signed by the gateway, too old, from the future, or not a message (400).
    """
    message: GatewayMessage = gateway_named(gateway).read_message(
        body=body, headers=headers, secrets=webhook_secrets(gateway), at=received_at
    )
    event, _ = GatewayEvent.objects.get_or_create(
        gateway=gateway,
        event_id=message.event_id,
        defaults={
            "type": message.type[:120],
            "livemode": message.livemode,
            "object_id": message.object_id,
            "subject": message.subject,
            "reference": message.reference[:64],
            "gateway_ids": list(message.gateway_ids),
            "customer_ref": message.customer_ref,
            "payload": message.payload,
            "received_at": received_at,
            "next_try_at": received_at,
        },
    )
    return event
