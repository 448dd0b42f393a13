from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from apps.accounts.api_key_format import key_hash, new_plaintext, shown_prefix
from apps.accounts.enums import ApiKeyKind
from apps.accounts.errors import ScopeUnknown
from apps.accounts.models import ApiKey, Brand
from apps.audit.services.record import record_event

SCOPE = re.compile(r"\*|(\*|[a-z][a-z_]*):(read|write)")
INTAKE_SCOPES = ("events:write",)


@transaction.atomic
def create_api_key(
    *,
    brand: Brand,
    livemode: bool,
    name: str,
    kind: ApiKeyKind,
    scopes: Sequence[str],
    expires_at: datetime | None,
    at: datetime,
) -> tuple[ApiKey, str]:
    """Make a key and return it with its plaintext, which is not kept and cannot be shown again.

    ``at`` and ``expires_at`` are real time (UTC): a test clock moves no credentials. An intake key can only
    send usage events, whatever ``scopes`` says.

    Raises:
        ScopeUnknown: a scope is malformed (422).
    """
    granted = list(INTAKE_SCOPES if kind == ApiKeyKind.INTAKE else dict.fromkeys(scopes))
    for scope in granted:
        if not SCOPE.fullmatch(scope):
            raise ScopeUnknown(f"'{scope}' is not a scope.", field="scopes")
    plaintext = new_plaintext(livemode=livemode)
    key = ApiKey.objects.create(
        brand=brand,
        livemode=livemode,
        name=name,
        kind=kind,
        prefix=shown_prefix(plaintext),
        key_hash=key_hash(plaintext),
        scopes=granted,
        created_at=at,
        expires_at=expires_at,
    )
    record_event(name="api_key.created", subject=key, at=at, data={"kind": str(kind), "scopes": granted})
    return key, plaintext
