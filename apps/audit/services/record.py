from __future__ import annotations

import re
from datetime import datetime
from typing import Any

from django.db import models

from apps.audit.actor import current_actor
from apps.audit.models import Event
from apps.core import clock
from apps.core.request_id import current_request_id

WORD_START = re.compile(r"(?<!^)(?=[A-Z])")


def record_event(
    *,
    name: str,
    subject: models.Model,
    at: datetime,
    data: dict[str, Any] | None = None,
    customer_id: int | None = None,
    brand_id: int | None = None,
    livemode: bool | None = None,
) -> Event:
    """Append one event in the caller's transaction: a rollback takes the event with it.

    ``subject`` is any row with a ``public_id``; its customer, brand and mode are read from it where it has
    them, and given by the caller where it has not. ``at`` is the effective instant (the customer's clock).
    The machine's own time is read here for ``recorded_at``: it proves when the row was written, and no rule
    depends on it.
    """
    subject_type = subject_type_of(subject)
    actor = current_actor()
    return Event.objects.create(
        name=name,
        subject_type=subject_type,
        subject_id=subject.public_id,  # type: ignore[attr-defined]
        customer_id=customer_id or _owner_id(subject, subject_type, "customer"),
        brand_id=brand_id or _owner_id(subject, subject_type, "brand"),
        livemode=getattr(subject, "livemode", None) if livemode is None else livemode,
        actor_type=actor.type,
        actor_id=actor.id,
        actor_label=actor.label,
        request_id=current_request_id(),
        at=at,
        recorded_at=clock.now(),
        data=data or {},
    )


def subject_type_of(subject: models.Model) -> str:
    """The model's name in words: ``CreditNote`` is ``credit_note``."""
    return WORD_START.sub("_", type(subject).__name__).lower()


def _owner_id(subject: models.Model, subject_type: str, owner: str) -> int | None:
    if subject_type == owner:
        return int(subject.pk)
    return getattr(subject, f"{owner}_id", None)
