from __future__ import annotations

from celery import shared_task
from django.db import InterfaceError, OperationalError

from apps.audit.services.seal import drain_unsealed


@shared_task(
    name="audit.seal", autoretry_for=(OperationalError, InterfaceError), retry_backoff=True, max_retries=3
)
def seal() -> None:
    drain_unsealed()
