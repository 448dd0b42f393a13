"""Where the brand of a scenario is registered, and the rates that hold there."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from apps.accounts.models import Brand
from apps.taxes.enums import ConsumersAbroad, RateKind, RateLevel, Scheme, UncheckedId
from apps.taxes.services.load_rates import load_rates
from apps.taxes.services.register_brand import RegistrationInput, register_brand
from apps.taxes.services.set_rate import RateKey, set_rate

Given = Mapping[str, Any]

# What says nothing of its time holds throughout the story.
ALWAYS = "1970-01-01"


def lay_down_taxes(*, brand: Brand, tax: Given, at: datetime) -> None:
    """Register a brand, and set the rates that are given; without any, those that are shipped hold.

    Raises:
        RegistrationInvalid, RateInvalid: what a country does not have (422).
        ValueError: a day, a number or a choice is malformed.
    """
    for given in tax.get("registrations") or ():
        register_brand(brand=brand, registration=_registration(brand, given), at=at)
    if "rates" not in tax:
        load_rates(at=at)
    for given in tax.get("rates") or ():
        set_rate(
            key=_key(given, brand),
            percent=Decimal(given["percent"]),
            valid_from=date.fromisoformat(given.get("from", ALWAYS)),
            kind=RateKind(given.get("kind", RateKind.VAT)),
            at=at,
        )


def _registration(brand: Brand, given: Given) -> RegistrationInput:
    return RegistrationInput(
        country=given.get("country", brand.country),
        region=given.get("region", ""),
        scheme=Scheme(given.get("scheme", Scheme.VAT)),
        number=given.get("number", ""),
        valid_from=date.fromisoformat(given.get("from", ALWAYS)),
        valid_to=date.fromisoformat(given["until"]) if "until" in given else None,
        unchecked_ids=UncheckedId(given.get("unchecked_ids", UncheckedId.CHARGE)),
        consumers_abroad=ConsumersAbroad(given.get("consumers_abroad", ConsumersAbroad.ASK)),
    )


def _key(given: Given, brand: Brand) -> RateKey:
    return RateKey(
        country=given.get("country", brand.country),
        region=given.get("region", ""),
        level=RateLevel(given.get("level", RateLevel.COUNTRY)),
        tax_code=given.get("tax_code", "standard"),
        name=given.get("name", "VAT"),
    )
