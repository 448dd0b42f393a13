"""What must know every app, by name, because no app may know a higher one."""

from __future__ import annotations

# In the order in which one instant's work is done: `apps.core.due_work.DueWork` objects.
DUE_WORK: list[str] = []

# Called until each returns 0 before a test clock moves on: outbox readers and inboxes.
DRAINS: list[str] = []

# Models that staff or customers change; django-auditlog keeps who changed what, with personal data masked.
AUDITLOG_INCLUDE_TRACKING_MODELS: list[dict[str, object] | str] = []
AUDITLOG_DISABLE_REMOTE_ADDR = False
