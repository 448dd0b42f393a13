from __future__ import annotations

from celery import shared_task
from django.db import InterfaceError, OperationalError

from apps.core import clock
from apps.notifications.services.deliver import deliver_mails


@shared_task(
    name="notifications.deliver",
    autoretry_for=(OperationalError, InterfaceError),
    retry_backoff=True,
    max_retries=3,
)
def deliver() -> None:
    """Tell what happened since, and send what waits."""
    while deliver_mails(now=clock.now()):
        pass
