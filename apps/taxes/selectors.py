"""Reads about registrations, rates, checked ids and where customers were seen."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.db.models import Q, QuerySet

from apps.accounts.models import Brand
from apps.customers.models import Customer
from apps.taxes.enums import ANSWERED, OPEN
from apps.taxes.models import LocationEvidence, TaxIdCheck, TaxRate, TaxRegistration
from apps.taxes.territory import Place


def tax_day(brand: Brand, at: datetime) -> date:
    """The day of an instant (UTC) by which rates and registrations are chosen: in the brand's time zone."""
    return at.astimezone(ZoneInfo(brand.default_time_zone)).date()


def _on(day: date) -> Q:
    return Q(valid_from__lte=day) & (Q(valid_to=None) | Q(valid_to__gt=day))


def registrations_of(brand_id: int) -> QuerySet[TaxRegistration]:
    """Every registration of a brand, also those that are over or to come."""
    return TaxRegistration.objects.filter(brand_id=brand_id).select_related("brand")


def registrations_on(brand_id: int, day: date) -> list[TaxRegistration]:
    """The registrations in force on a day, the oldest first."""
    own = TaxRegistration.objects.filter(_on(day), brand_id=brand_id)
    return list(own.order_by("valid_from", "pk"))


def rates() -> QuerySet[TaxRate]:
    """Every rate, also those that are over or to come."""
    return TaxRate.objects.all()


def rated_codes() -> set[str]:
    """The tax codes for which there is any rate."""
    return set(TaxRate.objects.order_by().values_list("tax_code", flat=True).distinct())


def rates_on(day: date) -> QuerySet[TaxRate]:
    """The rates in force on a day."""
    return TaxRate.objects.filter(_on(day))


def rates_at(place: Place, day: date) -> list[TaxRate]:
    """Every rate in force on a day that reaches a place, of whatever level and tax code."""
    prefixes = [place.postal_code[:length] for length in range(len(place.postal_code) + 1)]
    here = rates_on(day).filter(
        Q(city="") | Q(city__iexact=place.city),
        country=place.country,
        region__in={"", place.region},
        postal_prefix__in=prefixes,
    )
    return list(here.order_by("pk"))


def checks_of(customer: Customer) -> QuerySet[TaxIdCheck]:
    """The checks of the tax id that a customer has now, in the country where it is now."""
    return TaxIdCheck.objects.filter(
        customer_id=customer.pk, tax_id=customer.tax_id, customer_country=customer.country
    )


def latest_check(customer: Customer) -> TaxIdCheck | None:
    """What is known of a customer's tax id: the newest answer, else the open question, else None."""
    if not customer.tax_id:
        return None
    own = checks_of(customer)
    newest = list(own.order_by("-pk")[:2])
    # While an old answer is asked for again, it holds.
    return next((check for check in newest if check.status in ANSWERED), newest[0] if newest else None)


def open_check(customer: Customer) -> TaxIdCheck | None:
    """The question about a customer's tax id that nobody has answered yet."""
    return checks_of(customer).filter(status__in=OPEN).first()


def evidence_of(customer_id: int) -> Sequence[LocationEvidence]:
    """Where a customer was seen, the newest first."""
    own = LocationEvidence.objects.filter(customer_id=customer_id)
    return list(own.order_by("-seen_at", "-pk"))
