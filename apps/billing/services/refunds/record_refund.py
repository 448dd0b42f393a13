from __future__ import annotations

from datetime import datetime

from django.db import transaction

from apps.billing.services.collection.move_case import lock_customer
from apps.payments.gateways.terms import RefundResult
from apps.payments.models import Refund
from apps.payments.refund_selectors import refunds_with_parts
from apps.payments.services.settle_refund import settle_refund


@transaction.atomic
def record_refund(*, refund_id: int, result: RefundResult, at: datetime, asked_at: datetime) -> Refund:
    """Settle a refund while nothing else bills its customer; the same outcome again changes nothing.

    `at` is the customer's time, `asked_at` real time.
    """
    lock_customer(customer_id=Refund.objects.only("customer_id").get(pk=refund_id).customer_id)
    settle_refund(refund_id=refund_id, result=result, at=at, asked_at=asked_at)
    return refunds_with_parts().get(pk=refund_id)
