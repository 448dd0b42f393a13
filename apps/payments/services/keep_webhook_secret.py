from __future__ import annotations

from datetime import datetime

from apps.core.secrets import encrypt_text
from apps.payments.models import WebhookSecret
from apps.payments.selectors import webhook_secret_context


def keep_webhook_secret(
    *, gateway: str, endpoint_id: str, url: str, secret: str, at: datetime
) -> WebhookSecret:
    """Keep, encrypted, what a gateway signs its messages to `url` with; a new secret replaces the old."""
    sealed = encrypt_text(secret, context=webhook_secret_context(gateway, url))
    row, _ = WebhookSecret.objects.update_or_create(
        gateway=gateway,
        url=url,
        defaults={"endpoint_id": endpoint_id, "secret_encrypted": sealed, "created_at": at},
    )
    return row
