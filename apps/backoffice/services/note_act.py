from __future__ import annotations

from datetime import datetime

from django.db import models

from apps.audit.models import Event
from apps.audit.services.record import record_event


def note_act(*, subject: models.Model, act: str, reason: str, at: datetime) -> Event:
    """Write down that staff did something to a row, and why; the actor is the logged-in person.

    `at` is the customer's time. The reason is kept for ever: it must name no person.
    """
    return record_event(name=f"staff.{act}", subject=subject, at=at, data={"reason": reason})
