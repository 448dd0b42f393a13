from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from types import MappingProxyType
from urllib.parse import quote, unquote

from apps.pricing.errors import CurrencyMismatch, PricingError
from apps.pricing.money import Money
from apps.pricing.trace import Trace


@dataclass(frozen=True, slots=True)
class Charge:
    """Something to bill: what every way of making money produces, and what becomes one invoice line.

    `amount` is rounded once; `exact` is the same in major units before that (a prorated one to 12 decimals).
    The period is half-open UTC. `key` comes from `charge_key` and is billed once, whatever is repeated.

    Raises:
        PricingError: `naive_datetime`, `empty_period`; CurrencyMismatch.
    """

    source: str
    """The app that produced it: rating, ads, marketplace, licensing."""
    key: str
    customer_id: int
    currency: str
    amount: Money
    exact: Decimal
    quantity: Decimal
    description: str
    period_start: datetime
    period_end: datetime
    trace: Trace
    price_id: str
    item_id: int
    kind: str
    dimension: str
    """The group of a metered charge, such as `region=eu`; empty without one."""
    tax_code: str = ""
    metadata: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))

    def __post_init__(self) -> None:
        if self.amount.currency != self.currency:
            raise CurrencyMismatch(self.amount.currency, self.currency)
        if self.period_start.tzinfo is None or self.period_end.tzinfo is None:
            raise PricingError("naive_datetime", "a charge's period has a time zone", "period_start")
        if self.period_end <= self.period_start:
            raise PricingError("empty_period", "a charge's period ends after it starts", "period_end")


def charge_key(
    item: int | str, charge: str, period_start: datetime, dimension: str, kind: str, revision: int = 0
) -> str:
    """Return the identity of a charge: item : charge : period start : dimension : kind : revision.

    The period's end is not part of it, so the key survives a moved end, a regeneration and a supplement
    (revision n + 1). The start is written in UTC, with microseconds when it has some. A part may contain any
    text: colons and percent signs in it are escaped, so two different charges never share a key.

    Raises:
        PricingError: `naive_datetime`, `negative` revision.
    """
    if period_start.tzinfo is None:
        raise PricingError("naive_datetime", "a period start has a time zone", "period_start")
    if revision < 0:
        raise PricingError("negative", "a revision counts from 0", "revision")
    start = period_start.astimezone(UTC)
    written = start.strftime("%Y%m%dT%H%M%S.%fZ" if start.microsecond else "%Y%m%dT%H%M%SZ")
    parts = (str(item), charge, written, dimension, kind, str(revision))
    return ":".join(quote(part, safe=" =,;/+@&|#!?*()[]{}'\"<>$^~`\\") for part in parts)


def charge_parts(key: str) -> tuple[str, str, int]:
    """Return the dimension, kind and revision that `charge_key` wrote into a key.

    Raises:
        ValueError: it is no such key.
    """
    _, _, _, dimension, kind, revision = (unquote(part) for part in key.split(":"))
    return dimension, kind, int(revision)


def with_revision(key: str, revision: int) -> str:
    """Return the key of the same charge with another revision."""
    return f"{key.rpartition(':')[0]}:{revision}"
