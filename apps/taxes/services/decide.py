from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from apps.accounts.models import Brand
from apps.customers.models import Customer
from apps.taxes.enums import Category, CheckStatus
from apps.taxes.errors import TaxUnanswered
from apps.taxes.rate_choice import treatment_of
from apps.taxes.rules.find import finding
from apps.taxes.rules.situation import Buyer, Seller, Taxable
from apps.taxes.selectors import latest_check, rates_at, registrations_on, tax_day
from apps.taxes.tax_ids import read_tax_id
from apps.taxes.territory import place_of
from apps.taxes.treatment import OUTSIDE_SCOPE, Treatment


def treatments_for(
    *, brand: Brand, customer: Customer, tax_codes: Sequence[str], at: datetime
) -> list[Treatment]:
    """How what has these tax codes is taxed when sold at `at` (UTC): one treatment a code, in their order.

    Rates and registrations are those of the day in the brand's time zone. A brand without a registration on
    that day sells outside the scope of tax; that costs one query, any other answer at most three.

    Raises:
        TaxUnanswered: a fact or a rate is missing (409). Nothing is then to be billed, least of all at 0 %.
    """
    day = tax_day(brand, at)
    registrations = registrations_on(brand.pk, day)
    if not registrations:
        return [OUTSIDE_SCOPE for _ in tax_codes]
    if customer.tax_exempt and not customer.country:
        return [_exempt(OUTSIDE_SCOPE) for _ in tax_codes]
    seller = Seller(place_of(brand.country).country, registrations)
    found = finding(seller, _buyer(customer))
    if not isinstance(found, Taxable):
        return [found for _ in tax_codes]
    rates = rates_at(found.place, day)
    treatments = {code: treatment_of(found, code, rates, day) for code in dict.fromkeys(tax_codes)}
    if customer.tax_exempt:
        treatments = {code: _exempt(treatment) for code, treatment in treatments.items()}
    return [treatments[code] for code in tax_codes]


def _buyer(customer: Customer) -> Buyer:
    label = customer.name or customer.public_id
    if not customer.country:
        raise TaxUnanswered(f"{label} has no country: complete the address, and the tax can be worked out.")
    place = place_of(
        customer.country, region=customer.region, postal_code=customer.postal_code, city=customer.city
    )
    if not customer.tax_id:
        return Buyer(label, place)
    check = latest_check(customer)
    status = CheckStatus(check.status) if check is not None else None
    return Buyer(label, place, read_tax_id(customer.tax_id, customer.country), status)


def _exempt(treatment: Treatment) -> Treatment:
    return replace(treatment, category=Category.EXEMPT.value, rates=(), note="customer_exempt")
