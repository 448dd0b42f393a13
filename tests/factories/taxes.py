"""Rows of taxes, made directly: for tests whose subject is something else."""

from __future__ import annotations

from datetime import date
from typing import Any

from apps.accounts.models import Brand
from apps.customers.models import Customer
from apps.taxes.enums import CheckSource, CheckStatus, Scheme
from apps.taxes.models import TaxIdCheck, TaxRegistration
from apps.taxes.services.load_rates import load_rates
from apps.taxes.tax_ids import read_tax_id
from tests.factories.customers import MADE_AT


def make_registration(
    brand: Brand, country: str, scheme: Scheme = Scheme.VAT, **overrides: Any
) -> TaxRegistration:
    values: dict[str, Any] = {"number": f"{country}-1", "valid_from": date(2020, 1, 1), "created_at": MADE_AT}
    return TaxRegistration.objects.create(brand=brand, country=country, scheme=scheme, **values | overrides)


def ship_rates() -> None:
    """The rates that every installation can load."""
    load_rates(at=MADE_AT)


def make_check(customer: Customer, status: CheckStatus = CheckStatus.VALID, **overrides: Any) -> TaxIdCheck:
    """A check of the customer's own id, answered by VIES unless the status is an open one."""
    known = read_tax_id(customer.tax_id, customer.country)
    is_open = status in (CheckStatus.PENDING, CheckStatus.UNAVAILABLE)
    values: dict[str, Any] = {
        "tax_id": customer.tax_id,
        "customer_country": customer.country,
        "number": known.number,
        "country": known.country,
        "kind": known.kind,
        "status": status,
        "source": CheckSource.NONE if is_open else CheckSource.VIES,
        "opened_at": MADE_AT,
        "answered_at": None if is_open else MADE_AT,
    }
    return TaxIdCheck.objects.create(customer=customer, **values | overrides)
