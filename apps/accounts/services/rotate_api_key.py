from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction

from apps.accounts.enums import ApiKeyKind
from apps.accounts.errors import ApiKeyNotUsable
from apps.accounts.models import ApiKey
from apps.accounts.services.create_api_key import create_api_key
from apps.audit.services.record import record_event

DEFAULT_OVERLAP = timedelta(hours=24)


@transaction.atomic
def rotate_api_key(
    *, api_key_id: int, at: datetime, overlap: timedelta = DEFAULT_OVERLAP
) -> tuple[ApiKey, str]:
    """Make a successor with the same rights, and let the old key live for ``overlap`` more, never longer
    than before.

    The successor keeps the old key's expiry. ``at`` is real time.

    Raises:
        ApiKeyNotUsable: the key was revoked or has expired (409).
    """
    old = ApiKey.objects.select_for_update().select_related("brand").get(pk=api_key_id)
    if old.revoked_at is not None or (old.expires_at is not None and old.expires_at <= at):
        raise ApiKeyNotUsable("This key is revoked or expired; create a new one.")
    new, plaintext = create_api_key(
        brand=old.brand,
        livemode=old.livemode,
        name=old.name,
        kind=ApiKeyKind(old.kind),
        scopes=old.scopes,
        expires_at=old.expires_at,
        at=at,
    )
    ends_at = at + overlap
    old.expires_at = ends_at if old.expires_at is None else min(ends_at, old.expires_at)
    old.save(update_fields=["expires_at"])
    record_event(name="api_key.rotated", subject=old, at=at, data={"successor": new.public_id})
    return new, plaintext
