"""PayPal's amounts: decimal strings, with its own number of decimals.

Source: developer.paypal.com/reference/currency-codes.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from apps.pricing.currencies import exponent

CURRENCIES = frozenset(
    [
        "AUD",
        "BRL",
        "CAD",
        "CHF",
        "CNY",
        "CZK",
        "DKK",
        "EUR",
        "GBP",
        "HKD",
        "HUF",
        "ILS",
        "JPY",
        "MXN",
        "MYR",
        "NOK",
        "NZD",
        "PHP",
        "PLN",
        "SEK",
        "SGD",
        "THB",
        "TWD",
        "USD",
    ]
)
# ISO 4217 gives HUF and TWD two decimals; PayPal refuses any.
WITHOUT_DECIMALS = frozenset({"HUF", "JPY", "TWD"})


def paypal_decimals(currency: str) -> int:
    return 0 if currency in WITHOUT_DECIMALS else exponent(currency)


def smallest_minor(currency: str) -> int:
    """The smallest amount that PayPal can write, in ISO minor units; it asks for no more than that."""
    return int(10 ** (exponent(currency) - paypal_decimals(currency)))


def paypal_value(amount_minor: int, currency: str) -> str | None:
    """ISO minor units as PayPal writes them; None when it cannot, as for half a forint."""
    if amount_minor % smallest_minor(currency):
        return None
    decimals = paypal_decimals(currency)
    units = amount_minor // smallest_minor(currency)
    return f"{Decimal(units).scaleb(-decimals):.{decimals}f}"


def minor_of(money: dict[str, Any]) -> int:
    """A `{"value", "currency_code"}` of PayPal in ISO minor units; exact, since PayPal never writes more."""
    return int(Decimal(str(money["value"])).scaleb(exponent(str(money["currency_code"]))))
