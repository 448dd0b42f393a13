"""Whether what is known of a customer's place is enough to tax a consumer there.

Regulation 282/2011, article 24b(d) with 24f: two items of evidence that do not contradict each other; below
100,000 EUR a year one is enough. Monetize bills by the billing address and tells staff of contradictions.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from apps.customers.models import Customer
from apps.taxes.enums import EvidenceKind
from apps.taxes.models import LocationEvidence
from apps.taxes.selectors import evidence_of

WANTED = 2


@dataclass(frozen=True, slots=True)
class Standing:
    """`agreeing` and `contradicting` are kinds of evidence, beside the billing address in `country`."""

    country: str
    agreeing: tuple[str, ...]
    contradicting: tuple[tuple[str, str], ...]

    @property
    def is_enough(self) -> bool:
        """Two items agree, the billing address being one."""
        return bool(self.country) and len(self.agreeing) >= WANTED

    def as_facts(self) -> dict[str, object]:
        """For the facts that are kept with a document."""
        return {
            "country": self.country,
            "agreeing": list(self.agreeing),
            "contradicting": [{"kind": kind, "country": country} for kind, country in self.contradicting],
        }


def location_of(customer: Customer) -> Standing:
    """What is known of a customer's place, the newest evidence of each kind counting."""
    return standing(customer.country, evidence_of(customer.pk))


def standing(country: str, newest_first: Iterable[LocationEvidence]) -> Standing:
    """The billing address in a country beside evidence, of which only the newest of each kind counts."""
    seen: dict[str, str] = {}
    for evidence in newest_first:
        seen.setdefault(evidence.kind, evidence.country)
    seen.pop(EvidenceKind.BILLING_ADDRESS, None)
    own = (EvidenceKind.BILLING_ADDRESS.value,) if country else ()
    agreeing = own + tuple(sorted(kind for kind, place in seen.items() if place == country))
    against = tuple(sorted((kind, place) for kind, place in seen.items() if place != country))
    return Standing(country, agreeing, against)
