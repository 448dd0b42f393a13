from __future__ import annotations

from datetime import datetime

from django.db import transaction

from apps.audit.services.record import record_event
from apps.payments.enums import OPEN_STATUSES, PaymentMethodStatus
from apps.payments.errors import PaymentInProgress, PaymentMethodInUse
from apps.payments.gateways.registry import gateway_named
from apps.payments.models import GatewayCustomer, Payment, PaymentMethod
from apps.payments.selectors import customer_ref, methods_of
from apps.payments.services.make_default import card_data, make_default
from apps.subscriptions.enums import CollectionMethod
from apps.subscriptions.selectors import live_subscriptions_of


def remove_method(*, method: PaymentMethod, at: datetime) -> None:
    """Forget a card here and at the gateway; the newest other one becomes the default.

    Call outside a transaction.

    Raises:
        PaymentMethodInUse: it is the last one, and a live subscription is charged automatically (409).
        PaymentInProgress: an attempt with it has not come to an end (409).
        GatewayUnreachable: the gateway did not answer; the card stays (503).
    """
    _refuse_if_needed(method)
    # The gateway first: should this process die now, its message still removes the row here.
    gateway_named(method.gateway).detach_method(
        customer_ref=customer_ref(method), gateway_id=method.gateway_id
    )
    forget_method(method_id=method.pk, at=at)


@transaction.atomic
def forget_method(*, method_id: int, at: datetime) -> None:
    """Write down that the gateway no longer keeps this card; the second time changes nothing."""
    owner = PaymentMethod.objects.get(pk=method_id)
    GatewayCustomer.objects.select_for_update().get(customer_id=owner.customer_id, gateway=owner.gateway)
    method = PaymentMethod.objects.select_for_update().get(pk=method_id)
    if method.status == PaymentMethodStatus.REMOVED:
        return
    was_default = method.is_default
    method.status, method.removed_at = PaymentMethodStatus.REMOVED, at
    method.is_default = method.is_backup = False
    method.save(update_fields=["status", "removed_at", "is_default", "is_backup"])
    record_event(name="payment_method.removed", subject=method, at=at, data=card_data(method))
    successor = methods_of(method.customer_id).first()
    if was_default and successor is not None:
        make_default(method=successor, at=at)


def _refuse_if_needed(method: PaymentMethod) -> None:
    if Payment.objects.filter(payment_method=method, status__in=OPEN_STATUSES).exists():
        raise PaymentInProgress("A payment with this card has not come to an end.")
    others = methods_of(method.customer_id).exclude(pk=method.pk)
    charged = live_subscriptions_of(method.customer_id).filter(
        collection_method=CollectionMethod.CHARGE_AUTOMATICALLY
    )
    if not others.exists() and charged.exists():
        raise PaymentMethodInUse("Add another card first: a subscription is charged to this one.")
