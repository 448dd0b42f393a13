"""What a quote offers, as plain values: asked for by the API, staff and files, and kept with the quote."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from apps.plans.terms import VersionTerms
from apps.rating.assumed_usage import AssumedGroup, AssumedUsage
from apps.subscriptions.enums import CollectionMethod


@dataclass(frozen=True, slots=True)
class Place:
    """Where somebody is who is no customer yet: all that tax asks about them."""

    country: str = ""
    region: str = ""
    postal_code: str = ""
    city: str = ""
    tax_id: str = ""


@dataclass(frozen=True, slots=True)
class PrivateOffer:
    """Prices of no plan in the catalog: for one customer alone. `product` is a code; empty is the one that
    such offers share."""

    name: str
    version: VersionTerms
    product: str = ""


@dataclass(frozen=True, slots=True)
class QuoteTerms:
    """What would be subscribed to, and what is used of it in each period.

    `plan` is a code. A `version` (its number) holds the prices; without one the plan's newest counts, also
    when the quote is accepted. `is_private`: the plan was made for this quote and is on sale nowhere.
    `codes` are promotion codes or codes of coupons. `starts_at` (UTC) is the start where that is not the
    acceptance. The rest as in `Purchase`.
    """

    plan: str = ""
    version: int | None = None
    is_private: bool = False
    currency: str = ""
    quantity: int = 1
    quantities: Mapping[str, int] = field(default_factory=dict)
    usage: Sequence[AssumedUsage] = ()
    codes: Sequence[str] = ()
    starts_at: datetime | None = None
    trial_days: int | None = None
    billing_day: int | None = None
    collection_method: CollectionMethod = CollectionMethod.CHARGE_AUTOMATICALLY

    def to_json(self) -> dict[str, Any]:
        return {
            "plan": self.plan,
            "version": self.version,
            "is_private": self.is_private,
            "currency": self.currency,
            "quantity": self.quantity,
            "quantities": dict(self.quantities),
            "usage": [_usage_to_json(usage) for usage in self.usage],
            "codes": list(self.codes),
            "starts_at": self.starts_at.isoformat() if self.starts_at else None,
            "trial_days": self.trial_days,
            "billing_day": self.billing_day,
            "collection_method": self.collection_method.value,
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> QuoteTerms:
        starts_at = stored["starts_at"]
        read = {
            "usage": tuple(_usage_from_json(usage) for usage in stored["usage"]),
            "codes": tuple(stored["codes"]),
            "starts_at": datetime.fromisoformat(starts_at) if starts_at else None,
            "collection_method": CollectionMethod(stored["collection_method"]),
        }
        return cls(**dict(stored) | read)


def _usage_to_json(usage: AssumedUsage) -> dict[str, Any]:
    return {
        "price": usage.price,
        "meter": usage.meter,
        "quantity": str(usage.quantity),
        "groups": [
            {"properties": dict(group.properties), "quantity": str(group.quantity)} for group in usage.groups
        ],
        "amounts": [str(amount) for amount in usage.amounts],
    }


def _usage_from_json(stored: Mapping[str, Any]) -> AssumedUsage:
    return AssumedUsage(
        quantity=Decimal(stored["quantity"]),
        price=stored["price"],
        meter=stored["meter"],
        groups=tuple(
            AssumedGroup(group["properties"], Decimal(group["quantity"])) for group in stored["groups"]
        ),
        amounts=tuple(Decimal(amount) for amount in stored["amounts"]),
    )
