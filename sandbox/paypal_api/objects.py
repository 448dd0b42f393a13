"""What PayPal's objects share: ids, times, amounts, and how the store keeps them."""

from __future__ import annotations

import secrets
import string
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from sandbox.call import Call
from sandbox.messages import Json
from sandbox.paypal_api.errors import PayPalError, not_found, unprocessable
from sandbox.store import Page, Record, Store

_ALPHABET = string.ascii_uppercase + string.digits
ALL = Page(limit=100_000)
# developer.paypal.com/reference/currency-codes
CURRENCIES = frozenset(
    {
        "AUD", "BRL", "CAD", "CHF", "CNY", "CZK", "DKK", "EUR", "GBP", "HKD", "HUF", "ILS", "JPY", "MXN",
        "MYR", "NOK", "NZD", "PHP", "PLN", "SEK", "SGD", "THB", "TWD", "USD",
    }
)  # fmt: skip
_WITHOUT_DECIMALS = {"HUF", "JPY", "TWD"}


def new_id(length: int = 17) -> str:
    return "".join(secrets.choice(_ALPHABET) for _ in range(length))


def new(call: Call, kind: str, object_id: str | None = None) -> Json:
    """The fields that every stored object begins with; `object` and `created` are never shown."""
    return {"id": object_id or new_id(), "object": f"paypal.{kind}", "created": call.at}


def shown(data: Json) -> Json:
    return {name: value for name, value in data.items() if name not in {"object", "created"}}


def load(store: Store, kind: str, object_id: str) -> Record:
    record = store.find(object_id, f"paypal.{kind}")
    if record is None:
        raise not_found(object_id)
    return record


def every(store: Store, kind: str, *, parent: str | None = None) -> list[Record]:
    """All of a kind, the oldest first."""
    return store.select(f"paypal.{kind}", ALL, parent=parent)[0][::-1]


def decimals(currency: str) -> int:
    return 0 if currency in _WITHOUT_DECIMALS else 2


def money(value: Decimal, currency: str) -> Json:
    return {"currency_code": currency, "value": f"{value:.{decimals(currency)}f}"}


def amount_of(wish: Any) -> tuple[Decimal, str]:
    """A positive amount in a currency that PayPal takes.

    Raises:
        PayPalError: it is not one, or has decimals that the currency lacks.
    """
    try:
        currency, text = str(wish["currency_code"]), str(wish["value"])
        value = Decimal(text)
    except (KeyError, TypeError, InvalidOperation) as error:
        raise PayPalError(400, "MISSING_REQUIRED_PARAMETER", "amount") from error
    if currency not in CURRENCIES:
        raise unprocessable("CURRENCY_NOT_SUPPORTED", f"{currency} is not supported.")
    if not value.is_finite() or value <= 0:
        raise unprocessable("CANNOT_BE_ZERO_OR_NEGATIVE", "The amount must be above zero.")
    if len(text.partition(".")[2]) > decimals(currency):
        raise unprocessable("DECIMAL_PRECISION", f"{currency} has {decimals(currency)} decimals.")
    return value, currency


def moment(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
