from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import Q

from apps.accounts.api_key_format import key_hash, looks_like_key
from apps.accounts.errors import ApiKeyExpired, ApiKeyInvalid
from apps.accounts.models import ApiKey

# Last use is for people who clean up keys: to the minute is enough, and saves a write per request.
LAST_USED_PRECISION = timedelta(minutes=1)


def authenticate_api_key(*, plaintext: str, at: datetime) -> ApiKey:
    """The live key with this plaintext, with its brand. ``at`` is real time; ``expires_at`` is exclusive.

    Raises:
        ApiKeyInvalid: unknown, malformed or revoked (401).
        ApiKeyExpired: its time is over (401).
    """
    if not looks_like_key(plaintext):
        raise ApiKeyInvalid("Send a key as 'Authorization: Bearer mk_test_…'.")
    # Looking up the hash leaks no timing of use: an attacker cannot choose the hash of a guess.
    key = ApiKey.objects.select_related("brand").filter(key_hash=key_hash(plaintext)).first()
    if key is None or key.revoked_at is not None:
        raise ApiKeyInvalid("This API key is not valid.")
    if key.expires_at is not None and key.expires_at <= at:
        raise ApiKeyExpired("This API key has expired.")
    if key.last_used_at is None or key.last_used_at <= at - LAST_USED_PRECISION:
        stale = Q(last_used_at=None) | Q(last_used_at__lt=at)
        ApiKey.objects.filter(stale, pk=key.pk).update(last_used_at=at)
        key.last_used_at = at
    return key
