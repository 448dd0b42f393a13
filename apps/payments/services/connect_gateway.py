from __future__ import annotations

from datetime import datetime

from apps.payments.gateways.registry import gateway_named
from apps.payments.models import WebhookSecret
from apps.payments.services.keep_webhook_secret import keep_webhook_secret


def connect_gateway(*, gateway: str, url: str, at: datetime) -> bool:
    """Let a gateway send its messages to `url`, and keep the secret; False when it does so already.

    A registration whose secret is not here (a crash between the answer and the commit) is replaced, so
    calling this again always ends well. Call outside a transaction; `at` is real time.

    Raises:
        GatewayUnreachable: the gateway did not answer, or refused (503).
    """
    known = WebhookSecret.objects.filter(gateway=gateway, url=url).first()
    registration = gateway_named(gateway).register_webhook(
        url=url, known_id=known.endpoint_id if known else None
    )
    if registration is None:
        return False
    keep_webhook_secret(
        gateway=gateway,
        endpoint_id=registration.endpoint_id,
        url=url,
        secret=registration.secret,
        at=at,
    )
    return True
