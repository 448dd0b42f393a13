from __future__ import annotations

from django.db import models


class SessionStatus(models.TextChoices):
    OPEN = "open", "Open"
    COMPLETE = "complete", "Complete"
    EXPIRED = "expired", "Expired"


NEXT: dict[SessionStatus, tuple[SessionStatus, ...]] = {
    SessionStatus.OPEN: (SessionStatus.COMPLETE, SessionStatus.EXPIRED),
    SessionStatus.COMPLETE: (),
    SessionStatus.EXPIRED: (),
}
