from __future__ import annotations

from celery import shared_task

from apps.core import clock
from apps.core.services.purge_expired import purge_expired


@shared_task(name="core.purge_expired")
def purge_expired_rows() -> None:
    purge_expired(at=clock.now())
