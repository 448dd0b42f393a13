"""Reads about money that goes back."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import Q, QuerySet, Sum

from apps.invoices.enums import CreditNoteStatus
from apps.invoices.models import CreditNote
from apps.payments.enums import OPEN_REFUND_STATUSES, PaymentStatus, RefundStatus
from apps.payments.errors import RefundNotFound
from apps.payments.gateways.terms import RefundRequest
from apps.payments.models import GatewayEvent, Payment, Refund
from apps.pricing.money import Money
from apps.wallets.enums import MovementKind
from apps.wallets.models import BalanceMovement
from apps.wallets.selectors import balance_of

# Longer than a call can take: the process that sent a refund this long ago is dead.
SENDING_LIMIT = timedelta(seconds=60)
# What gives nothing back: its amount is free to be refunded again.
GONE = (RefundStatus.FAILED, RefundStatus.REJECTED)


def refunds_with_parts() -> QuerySet[Refund]:
    """Refunds with all that a page or the API shows of them, in one query."""
    return Refund.objects.select_related(
        "customer__test_clock",
        "customer__brand",
        "payment__invoice",
        "payment__payment_method",
        "credit_note",
    )


def get_refund(*, brand_id: int, livemode: bool, reference: str) -> Refund:
    """The refund with this public id.

    Raises:
        RefundNotFound: none in this brand and mode (404).
    """
    own = refunds_with_parts().filter(brand_id=brand_id, livemode=livemode)
    found = own.filter(public_id=reference).first()
    if found is None:
        raise RefundNotFound(f"There is no refund '{reference}'.", field="refund")
    return found


def refunds_of_payment(payment_id: int) -> QuerySet[Refund]:
    """A payment's refunds, the newest first."""
    return refunds_with_parts().filter(payment_id=payment_id).order_by("-created_at", "-id")


def refunds_of_invoice(invoice_id: int) -> QuerySet[Refund]:
    """What went back, or is on its way, of an invoice's payments, the newest first; nothing undecided."""
    rows = refunds_with_parts().filter(payment__invoice_id=invoice_id)
    undecided = (RefundStatus.AWAITING_APPROVAL, RefundStatus.REJECTED)
    return rows.exclude(status__in=undecided).order_by("-created_at", "-id")


def refundable_payments(invoice_id: int) -> QuerySet[Payment]:
    """Payments of an invoice of which something can be given back, the newest first."""
    rows = Payment.objects.filter(invoice_id=invoice_id, status=PaymentStatus.SUCCEEDED)
    return rows.order_by("-settled_at", "-pk")


def owed_of_note(note: CreditNote) -> int:
    """What a credit note promises back that no refund has taken up, in minor units."""
    if note.status == CreditNoteStatus.VOID:
        return 0
    taken = Refund.objects.filter(credit_note=note).exclude(status__in=GONE)
    return note.refund_minor - int(taken.aggregate(sum=Sum("amount_minor", default=0))["sum"])


def arrived_of_note(note: CreditNote) -> int:
    """What has been refunded of a credit note, in minor units."""
    arrived = Refund.objects.filter(credit_note=note, status=RefundStatus.SUCCEEDED)
    return int(arrived.aggregate(sum=Sum("amount_minor", default=0))["sum"])


def overpaid_left(payment: Payment) -> int:
    """What a payment brought beyond its invoice and the customer still holds as balance, in minor units."""
    brought = BalanceMovement.objects.filter(
        reference_type="payment", reference_id=payment.public_id, kind=MovementKind.OVERPAYMENT
    )
    taken = Refund.objects.filter(payment=payment).exclude(status__in=GONE)
    left = int(brought.aggregate(sum=Sum("amount_minor", default=0))["sum"])
    left -= int(taken.aggregate(sum=Sum("from_balance_minor", default=0))["sum"])
    return max(min(left, balance_of(payment.customer_id, payment.currency)), 0) if left > 0 else 0


def needs_approval(payment: Payment, amount_minor: int) -> bool:
    """Whether a refund of so many minor units is above what one person may give back.

    The brand's limit is in its default currency; another currency is compared unit by unit (100 JPY as 100
    EUR): a limit of trust needs no exchange rate.
    """
    brand = payment.brand
    if brand.refund_approval_minor is None:
        return False
    limit = Money(brand.refund_approval_minor, brand.default_currency).major
    return Money(amount_minor, payment.currency).major > limit


def refunds_to_send(limit: int) -> list[Refund]:
    """Refunds that are committed and that nobody has asked a gateway for, the oldest first."""
    waiting = refunds_with_parts().filter(status=RefundStatus.SENDING, sent_at=None)
    return list(waiting.order_by("pk")[:limit])


def refunds_to_check(now: datetime, limit: int) -> list[Refund]:
    """Open refunds to ask the gateway about at `now` (real time), the oldest question first."""
    due = Q(check_at__lte=now) | Q(status=RefundStatus.SENDING, sent_at__lte=now - SENDING_LIMIT)
    rows = refunds_with_parts().filter(due, status__in=OPEN_REFUND_STATUSES)
    return list(rows.order_by("check_at", "sent_at")[:limit])


def refund_request(refund: Refund, sent_at: datetime) -> RefundRequest:
    """What the gateway is asked, made from stored rows alone: the same however often it is asked for."""
    return RefundRequest(
        reference=refund.public_id,
        idempotency_key=refund.idempotency_key,
        gateway_id=refund.payment.gateway_id or "",
        capture_id=refund.payment.capture_id,
        amount_minor=refund.amount_minor,
        currency=refund.currency,
        reason=refund.reason,
        sent_at=sent_at,
    )


def refund_of_event(event: GatewayEvent) -> Refund | None:
    """The refund that a message is about: by our own id, else by the gateway's."""
    rows = refunds_with_parts().filter(gateway=event.gateway)
    found = rows.filter(public_id=event.reference).first() if event.reference else None
    return found or rows.filter(gateway_id__in=event.gateway_ids).first()
