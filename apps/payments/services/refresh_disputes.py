from __future__ import annotations

import structlog

from apps.customers.selectors import now_for
from apps.payments.enums import DISPUTE_NEXT, DisputeStatus
from apps.payments.errors import GatewayUnreachable
from apps.payments.gateways.registry import gateway_named
from apps.payments.models import Dispute
from apps.payments.services.record_dispute import record_dispute

logger = structlog.get_logger(__name__)

OPEN = tuple(status for status in DisputeStatus if len(DISPUTE_NEXT[status]) > 1)


def refresh_disputes(*, gateway: str) -> None:
    """Ask about disputes that are not decided, in case a message was lost. Never inside a transaction."""
    known = Dispute.objects.filter(gateway=gateway, status__in=OPEN).order_by("pk")
    for dispute in known.select_related("customer__test_clock"):
        try:
            state = gateway_named(gateway).fetch_dispute(dispute.gateway_id)
        except GatewayUnreachable:
            logger.warning("dispute_not_fetched", dispute=dispute.public_id)
            continue
        record_dispute(payment_id=dispute.payment_id, state=state, at=now_for(dispute.customer))
