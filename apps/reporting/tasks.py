from __future__ import annotations

from celery import shared_task
from django.db import InterfaceError, OperationalError

from apps.reporting.services.project import project_movements


@shared_task(
    name="reporting.project",
    autoretry_for=(OperationalError, InterfaceError),
    retry_backoff=True,
    max_retries=3,
)
def project() -> None:
    """Take what happened since into the reports."""
    while project_movements():
        pass
