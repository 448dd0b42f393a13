from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from apps.accounts.enums import EventIdentity
from apps.accounts.services.update_brand import update_brand
from apps.usage.services.choose_event_identity import choose_event_identity


@transaction.atomic
def save_brand(*, brand_id: int, changes: Mapping[str, Any], identity: EventIdentity, at: datetime) -> None:
    """Keep the settings of a brand, and by what its events are told apart; `at` is real time.

    Raises:
        EventIdentityFixed: the brand has events, and another identity was asked for (409).
    """
    choose_event_identity(brand_id=brand_id, identity=identity, at=at)
    update_brand(brand_id=brand_id, changes=changes, at=at)
