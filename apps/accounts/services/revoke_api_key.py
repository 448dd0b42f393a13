from __future__ import annotations

from datetime import datetime

from django.db import transaction

from apps.accounts.models import ApiKey
from apps.audit.services.record import record_event


@transaction.atomic
def revoke_api_key(*, api_key_id: int, at: datetime) -> ApiKey:
    """End a key now; ending it twice is ending it once. ``at`` is real time."""
    key = ApiKey.objects.select_for_update().get(pk=api_key_id)
    if key.revoked_at is None:
        key.revoked_at = at
        key.save(update_fields=["revoked_at"])
        record_event(name="api_key.revoked", subject=key, at=at)
    return key
