"""What must know every app, by name, because no app may know a higher one."""

from __future__ import annotations

# In the order in which one instant's work is done: `apps.core.due_work.DueWork` objects.
DUE_WORK: list[str] = [
    "apps.billing.due.trial_reminders",
    "apps.billing.due.renewals",
    "apps.billing.due.collections",
]

# Called until each returns 0 before a test clock moves on: outbox readers and inboxes.
DRAINS: list[str] = [
    "apps.billing.due.drain_inbox",
    "apps.billing.due.drain_unknown_payments",
    "apps.audit.services.seal.drain_unsealed",
    "apps.notifications.services.deliver.drain",
    "apps.reporting.services.project.drain",
]

# What /readyz asks beside the database, the migrations and the broker, and what /metrics shows.
READINESS_CHECKS: list[str] = [
    "apps.audit.readiness.check_sealer",
    "apps.audit.readiness.check_outbox",
]
METRICS: list[str] = [
    "apps.audit.readiness.audit_gauges",
]

# Models that staff or customers change; django-auditlog keeps who changed what, with personal data masked.
AUDITLOG_INCLUDE_TRACKING_MODELS: list[dict[str, object] | str] = []
AUDITLOG_DISABLE_REMOTE_ADDR = False
