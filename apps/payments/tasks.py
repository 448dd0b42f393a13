from __future__ import annotations

import structlog
from celery import shared_task
from django.db import InterfaceError, OperationalError

from apps.core import clock
from apps.payments.account_selectors import reconciliations_due
from apps.payments.errors import GatewayUnreachable
from apps.payments.services.reconcile import reconcile

logger = structlog.get_logger(__name__)


@shared_task(
    name="payments.reconcile",
    autoretry_for=(OperationalError, InterfaceError),
    retry_backoff=True,
    max_retries=3,
    time_limit=1800,
    soft_time_limit=1770,
)
def reconcile_accounts() -> None:
    """Once a day for each gateway in use; what is unexplained is on the staff page."""
    for gateway in reconciliations_due(clock.now()):
        try:
            reconcile(gateway=gateway, at=clock.now())
        except GatewayUnreachable:
            # The next tick asks again.
            logger.warning("account_not_reconciled", gateway=gateway)
