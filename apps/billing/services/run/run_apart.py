from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import structlog
from django.db import InterfaceError, OperationalError

from apps.billing.services.run.park_customer import park_customer
from apps.invoices.errors import InvoiceRefused

logger = structlog.get_logger(__name__)


def run_apart(work: Callable[[], object], *, customer_id: int, at: datetime) -> int:
    """Do one customer's due work in a transaction of its own: 1 when it was done or the customer was parked,
    0 when another worker had done it before.

    A lost database connection ends the run, and the next one takes over.
    """
    try:
        work()
    except (OperationalError, InterfaceError):
        raise
    except InvoiceRefused:
        return 0
    except Exception as error:
        logger.exception("billing_parked", customer_id=customer_id)
        park_customer(customer_id=customer_id, error=error, due_at=at, at=at)
    return 1
