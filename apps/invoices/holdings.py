"""Whether anything may change what a customer's lines come to: asked once, before each is looked at."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Exists, OuterRef

from apps.customers.models import Customer
from apps.promos.models import Redemption
from apps.taxes.models import TaxRegistration
from apps.wallets.models import CustomerBalance, Wallet


@dataclass(frozen=True, slots=True)
class Holdings:
    """What there is beside the lines; true where it has to be looked at."""

    coupons: bool = True
    wallets: bool = True
    balance: bool = True
    registrations: bool = True


def holdings_of(customer: Customer, currency: str) -> Holdings:
    """Most invoices have neither coupons nor credit: one statement says so instead of four."""
    own = {"customer": OuterRef("pk"), "currency": currency}
    found = Customer.objects.filter(pk=customer.pk).values_list(
        Exists(Redemption.objects.filter(customer=OuterRef("pk"), ended_at=None)),
        Exists(Wallet.objects.filter(**own)),
        Exists(CustomerBalance.objects.filter(**own, balance_minor__gt=0)),
        Exists(TaxRegistration.objects.filter(brand=OuterRef("brand"))),
    )
    return Holdings(*found.get())
