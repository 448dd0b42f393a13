"""What a receipt says of the money that paid an invoice."""

from __future__ import annotations

from apps.invoices.models import Invoice
from apps.invoices.snapshot import PaymentShown
from apps.payments.enums import PaymentStatus, ReceiptMethod
from apps.payments.models import Payment, PaymentMethod, ReceivedPaymentPart
from apps.pricing.periods.wall_clock import local_day


def payments_shown(invoice: Invoice) -> tuple[PaymentShown, ...]:
    """The payments of an invoice for its receipt, oldest first; days are those of the invoice's zone."""
    succeeded = Payment.objects.select_related("payment_method").filter(
        invoice=invoice, status=PaymentStatus.SUCCEEDED, settled_at__isnull=False
    )
    shown = [
        PaymentShown(
            paid_on=local_day(payment.settled_at or payment.created_at, invoice.time_zone),
            amount_minor=payment.amount_minor,
            method=method_in_words(payment.payment_method),
        )
        for payment in succeeded.order_by("settled_at", "pk")
    ]
    parts = ReceivedPaymentPart.objects.select_related("payment").filter(invoice=invoice).order_by("pk")
    shown += [
        PaymentShown(
            paid_on=local_day(part.payment.received_at, invoice.time_zone),
            amount_minor=part.amount_minor,
            method=ReceiptMethod(part.payment.method).label,
        )
        for part in parts
    ]
    return tuple(sorted(shown, key=lambda payment: payment.paid_on))


def method_in_words(method: PaymentMethod | None) -> str:
    """Such as "Visa •••• 4242"; empty for no method."""
    if method is None:
        return ""
    return f"{method.card_brand.replace('_', ' ').title()} •••• {method.last4}"
