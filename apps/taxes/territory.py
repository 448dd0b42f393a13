"""Which tax territory a place belongs to: it is not always the country of the address."""

from __future__ import annotations

from dataclasses import dataclass

from apps.taxes.regions import region_code

EU_MEMBERS = frozenset(
    "AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK".split()  # noqa: SIM905
)
# Directive 2006/112, article 7: taxed as if in the other; Liechtenstein by its treaty with Switzerland.
_TREATED_AS = {"MC": "FR", "IM": "GB", "LI": "CH"}
# Directive 2006/112, article 6: parts of a member state that its VAT does not reach, by postal code.
_OUTSIDE = {
    "DE": {"27498": "Helgoland", "78266": "Büsingen"},
    "ES": {"35": "IC", "38": "IC", "51": "EA", "52": "EA"},
    "FI": {"22": "AX"},
    "FR": {"971": "GP", "972": "MQ", "973": "GF", "974": "RE", "975": "PM", "976": "YT"}
    | {"977": "BL", "978": "MF", "986": "WF", "987": "PF", "988": "NC"},
    "GR": {"63086": "Mount Athos"},
    "IT": {"23041": "Livigno"},
}


@dataclass(frozen=True, slots=True)
class Place:
    """An address as tax sees it; `country` is the territory whose law applies, not always an ISO code."""

    country: str
    region: str = ""
    postal_code: str = ""
    city: str = ""

    @property
    def is_in_eu(self) -> bool:
        return self.country in EU_MEMBERS


def place_of(country: str, *, region: str = "", postal_code: str = "", city: str = "") -> Place:
    """The tax territory of an address; the region as its code where the country has tax states."""
    code = postal_code.replace(" ", "").upper().removeprefix(f"{country}-")
    return Place(_territory(country, code), region_code(country, region), code, city.strip())


def _territory(country: str, postal_code: str) -> str:
    for prefix, territory in _OUTSIDE.get(country, {}).items():
        if postal_code.startswith(prefix):
            return territory
    return _TREATED_AS.get(country, country)
