from __future__ import annotations

from datetime import datetime

from django.db import transaction

from apps.payments.enums import RefundStatus
from apps.payments.gateways.registry import gateway_named
from apps.payments.gateways.terms import RefundResult
from apps.payments.models import Refund
from apps.payments.refund_selectors import refund_request


def send_refund(*, refund_id: int, now: datetime) -> RefundResult | None:
    """Ask the gateway for a committed refund, once; call outside a transaction. `now` is real time.

    None where another process has taken it, or it waits for approval. That it is being sent is committed
    before the call: after a crash the sweeper asks what became of it. No answer is an UNKNOWN result.
    """
    with transaction.atomic(durable=True):
        untold = Refund.objects.filter(pk=refund_id, status=RefundStatus.SENDING, sent_at=None)
        if not untold.update(sent_at=now):
            return None
    refund = Refund.objects.select_related("payment").get(pk=refund_id)
    return gateway_named(refund.gateway).refund(refund_request(refund, now))
