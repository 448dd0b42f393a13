from __future__ import annotations

from datetime import datetime

from django.db import transaction

from apps.audit.actor import current_actor
from apps.audit.services.record import record_event
from apps.invoices.services.lock import lock_invoice
from apps.payments.enums import REFUND_NEXT, RefundStatus
from apps.payments.errors import RefundRefused, SecondPersonNeeded
from apps.payments.models import Refund
from apps.payments.services.request_refund import actor_name, told
from apps.payments.services.return_reserved import return_reserved


@transaction.atomic
def approve_refund(*, refund_id: int, at: datetime) -> Refund:
    """Let a refund above the brand's limit go out; the caller sends it after the commit.

    Four eyes: the current actor is not the one who asked for it. `at` is the customer's time.

    Raises:
        SecondPersonNeeded: the same person asked for it (403).
        RefundRefused: it waits for no approval (409).
    """
    return _decide(refund_id, RefundStatus.SENDING, "refund.approved", at)


@transaction.atomic
def reject_refund(*, refund_id: int, at: datetime) -> Refund:
    """Drop a refund that waits for approval: its amount is free again. Raises as `approve_refund`."""
    return _decide(refund_id, RefundStatus.REJECTED, "refund.rejected", at)


def _decide(refund_id: int, status: RefundStatus, event: str, at: datetime) -> Refund:
    invoice_id = Refund.objects.values_list("payment__invoice_id", flat=True).get(pk=refund_id)
    lock_invoice(invoice_id=invoice_id)
    refund = (
        Refund.objects.select_for_update(of=("self",)).select_related("customer", "payment").get(pk=refund_id)
    )
    waits = refund.status == RefundStatus.AWAITING_APPROVAL
    if not waits or status not in REFUND_NEXT[RefundStatus.AWAITING_APPROVAL]:
        raise RefundRefused("This refund waits for no approval.")
    decided_by = actor_name(current_actor())
    if decided_by == refund.requested_by:
        raise SecondPersonNeeded("Somebody else than who asked for this refund decides on it.")
    refund.status, refund.decided_by = status, decided_by
    if status == RefundStatus.REJECTED:
        refund.settled_at = at
        return_reserved(refund=refund, at=at)
    refund.save(update_fields=["status", "decided_by", "settled_at"])
    record_event(name=event, subject=refund, at=at, data=told(refund))
    return refund
