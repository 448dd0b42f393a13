"""Reads about money coming in."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Q, QuerySet

from apps.core.secrets import decrypt_text
from apps.customers.models import Customer
from apps.payments.enums import (
    OPEN_STATUSES,
    GatewayName,
    MethodKind,
    PaymentMethodStatus,
    PaymentStatus,
)
from apps.payments.errors import PaymentMethodMissing, PaymentMethodNotFound, PaymentNotFound
from apps.payments.gateways.terms import ChargeRequest
from apps.payments.models import (
    GatewayCustomer,
    GatewayEvent,
    Payment,
    PaymentMethod,
    WebhookSecret,
)

# Longer than a call can take: the process that sent an attempt this long ago is dead.
SENDING_LIMIT = timedelta(seconds=60)


def payments_with_parts() -> QuerySet[Payment]:
    """Payments with all that a page or the API shows of them, in one query."""
    return Payment.objects.select_related("customer", "invoice", "payment_method")


def get_payment(*, brand_id: int, livemode: bool, reference: str) -> Payment:
    """The payment with this public id.

    Raises:
        PaymentNotFound: none in this brand and mode (404).
    """
    own = payments_with_parts().filter(brand_id=brand_id, livemode=livemode)
    found = own.filter(public_id=reference).first()
    if found is None:
        raise PaymentNotFound(f"There is no payment '{reference}'.", field="payment")
    return found


def payments_of_invoice(invoice_id: int) -> QuerySet[Payment]:
    """An invoice's attempts, the newest first."""
    return payments_with_parts().filter(invoice_id=invoice_id).order_by("-attempt")


def open_payment_of(invoice_id: int) -> Payment | None:
    """The attempt of an invoice that has not come to an end, if any."""
    return payments_with_parts().filter(invoice_id=invoice_id, status__in=OPEN_STATUSES).first()


def last_automatic_failure(invoice_id: int) -> Payment | None:
    """The newest failed attempt that was made without the customer.

    What the backup method says does not count: it is only ever charged after the default one.
    """
    return (
        Payment.objects.filter(invoice_id=invoice_id, is_off_session=True, status=PaymentStatus.FAILED)
        .exclude(payment_method__is_backup=True)
        .order_by("-attempt")
        .first()
    )


def methods_of(customer_id: int) -> QuerySet[PaymentMethod]:
    """A customer's usable payment methods, the default first, then the newest."""
    return PaymentMethod.objects.filter(customer_id=customer_id, status=PaymentMethodStatus.ACTIVE).order_by(
        "-is_default", "-created_at", "-id"
    )


def default_method(customer_id: int) -> PaymentMethod | None:
    """What charges without the customer use."""
    return methods_of(customer_id).filter(is_default=True).first()


def backup_method(customer_id: int) -> PaymentMethod | None:
    """What is charged when the default method is declined, where the customer has chosen one."""
    return methods_of(customer_id).filter(is_backup=True).first()


def has_payment_method(*, customer_id: int) -> bool:
    """Whether there is something that can be charged without the customer."""
    return methods_of(customer_id).filter(is_default=True).exists()


def get_method(*, customer_id: int, reference: str) -> PaymentMethod:
    """A usable payment method of this customer by its public id.

    Raises:
        PaymentMethodNotFound: none (404).
    """
    found = methods_of(customer_id).filter(public_id=reference).first()
    if found is None:
        raise PaymentMethodNotFound(f"There is no payment method '{reference}'.", field="payment_method")
    return found


def customer_ref(method: PaymentMethod) -> str:
    """How the gateway of a method knows its customer."""
    known = GatewayCustomer.objects.get(customer_id=method.customer_id, gateway=method.gateway)
    return known.gateway_id


def payments_to_check(now: datetime, limit: int) -> list[Payment]:
    """Open attempts to ask the gateway about at `now` (real time), the oldest question first."""
    return list(
        Payment.objects.filter(
            Q(check_at__lte=now) | Q(status=PaymentStatus.SENDING, sent_at__lte=now - SENDING_LIMIT),
            status__in=OPEN_STATUSES,
        )
        .select_related("customer__test_clock")
        .order_by("check_at", "sent_at")[:limit]
    )


def charge_request(payment: Payment) -> ChargeRequest:
    """The request of an attempt, made from stored rows alone: the same however often it is asked for."""
    if payment.payment_method is None:
        raise PaymentMethodMissing("The attempt has no payment method.")
    known = GatewayCustomer.objects.get(customer_id=payment.customer_id, gateway=payment.gateway)
    return ChargeRequest(
        reference=payment.public_id,
        idempotency_key=payment.idempotency_key,
        amount_minor=payment.amount_minor,
        currency=payment.currency,
        customer_ref=known.gateway_id,
        method_ref=payment.payment_method.gateway_id,
        off_session=payment.is_off_session,
        description=payment.invoice.number or "",
        sent_at=payment.sent_at,
        metadata={"invoice": payment.invoice.public_id},
        kind=MethodKind(payment.payment_method.kind),
        email=payment.customer.email,
    )


def payment_of_event(event: GatewayEvent) -> Payment | None:
    """The attempt that a message is about.

    First by our own id, which the gateway carries: a message may overtake the answer that tells the gateway's
    id.
    """
    rows = payments_with_parts().select_related("customer__test_clock").filter(gateway=event.gateway)
    found = rows.filter(public_id=event.reference).first() if event.reference else None
    named = Q(gateway_id__in=event.gateway_ids) | Q(capture_id__in=event.gateway_ids)
    return found or rows.filter(named).first()


def customer_of_event(event: GatewayEvent) -> Customer | None:
    """The customer that a message is about, by the gateway's id of it."""
    known = (
        GatewayCustomer.objects.select_related("customer__test_clock", "customer__brand")
        .filter(gateway=event.gateway, gateway_id=event.customer_ref)
        .first()
    )
    return known.customer if known else None


def method_of_event(event: GatewayEvent) -> PaymentMethod | None:
    """The method that a message is about, while it is in use here."""
    return (
        PaymentMethod.objects.select_related("customer__test_clock")
        .filter(gateway=event.gateway, gateway_id=event.object_id, status=PaymentMethodStatus.ACTIVE)
        .first()
    )


def webhook_secrets(gateway: str) -> list[str]:
    """Every secret that a gateway's message may be signed with: the registered ones, the configured one."""
    rows = WebhookSecret.objects.filter(gateway=gateway)
    registered = [
        decrypt_text(row.secret_encrypted, context=webhook_secret_context(row.gateway, row.url))
        for row in rows
    ]
    configured = {
        GatewayName.STRIPE.value: settings.STRIPE_WEBHOOK_SECRET,
        GatewayName.PAYPAL.value: settings.PAYPAL_WEBHOOK_ID,
        GatewayName.RAZORPAY.value: settings.RAZORPAY_WEBHOOK_SECRET,
    }
    return [secret for secret in (*registered, configured.get(gateway, "")) if secret]


def webhook_secret_context(gateway: str, url: str) -> str:
    """What an encrypted webhook secret is bound to."""
    return f"payments.webhook:{gateway}:{url}"
