"""Reads about customers' balances. Amounts are minor units."""

from __future__ import annotations

from django.db.models import QuerySet

from apps.wallets.models import BalanceMovement, CustomerBalance


def balance_of(customer_id: int, currency: str) -> int:
    """What a customer may spend in a currency, in minor units; 0 without a balance."""
    own = CustomerBalance.objects.filter(customer_id=customer_id, currency=currency)
    return own.values_list("balance_minor", flat=True).first() or 0


def balances_of(customer_id: int) -> QuerySet[CustomerBalance]:
    """A customer's balances, one for each currency that ever moved, by currency."""
    return CustomerBalance.objects.filter(customer_id=customer_id).order_by("currency")


def movements_of(customer_id: int, currency: str | None = None) -> QuerySet[BalanceMovement]:
    """The movements of a customer's balances, or of the one in a currency, newest first."""
    own = BalanceMovement.objects.filter(balance__customer_id=customer_id).select_related("balance")
    return (own if currency is None else own.filter(balance__currency=currency)).order_by("-id")


def movement_amount(key: str) -> int:
    """The signed amount of the movement with this key, in minor units; 0 when there is none."""
    return BalanceMovement.objects.filter(key=key).values_list("amount_minor", flat=True).first() or 0
