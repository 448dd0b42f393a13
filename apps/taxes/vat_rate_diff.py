"""What eu-vat-rates-data says of the member states, beside what the table says.

The set has no validity dates and one flat list of reduced rates, some of which hold only on islands. So a
difference is shown, and a change becomes a dated row only when somebody says from which day on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from apps.taxes.models import TaxRate
from apps.taxes.territory import EU_MEMBERS

REDUCED = ("reduced", "reduced_2", "reduced_3")
# Rates of parts of a state, which the set lists among those of the whole: French overseas departments and
# Corsica, Madeira and the Azores, Greek islands, Jungholz and Mittelberg.
_ONLY_IN_PARTS = {
    "AT": {"19"},
    "FR": {"0.9", "1.05", "8.5", "13"},
    "GR": {"4", "9", "17"},
    "PT": {"4", "5", "9", "12", "16", "22"},
}
# Directive 2006/112, article 98(2): a super-reduced rate is below 5 %; else the set repeats a reduced one.
_SUPER_REDUCED_BELOW = Decimal(5)


@dataclass(frozen=True, slots=True)
class RateChange:
    """One difference: `before` is the table's percentage (None: it has none), `after` the set's (None: gone).

    `by_hand` says why no row can be made of it without a person.
    """

    country: str
    tax_code: str
    before: Decimal | None
    after: Decimal | None
    by_hand: str = ""

    def __str__(self) -> str:
        percents = (self.before, self.after)
        before, after = (f"{p.normalize():f} %" if p is not None else "none" for p in percents)
        note = f"   ({self.by_hand})" if self.by_hand else ""
        return f"{self.country} {self.tax_code}: {before} -> {after}{note}"


def vat_rate_changes(data: Mapping[str, Any], present: Iterable[TaxRate]) -> list[RateChange]:
    """The differences between the set's member states and the table's rates in force, by country."""
    table: dict[str, dict[str, Decimal]] = {}
    for rate in present:
        if rate.level == "country" and not rate.region and not rate.postal_prefix and not rate.city:
            table.setdefault(rate.country, {})[rate.tax_code] = rate.percent
    return [
        change
        for country in sorted(EU_MEMBERS)
        if country in data
        for change in _changes(country, data[country], table.get(country, {}))
    ]


def _changes(country: str, entry: Mapping[str, Any], table: Mapping[str, Decimal]) -> Iterator[RateChange]:
    in_parts = {Decimal(text) for text in _ONLY_IN_PARTS.get(country, ())}
    single: list[tuple[str, Callable[[Decimal], bool]]] = [
        ("standard", lambda percent: True),
        ("super_reduced", lambda percent: percent < _SUPER_REDUCED_BELOW and percent not in in_parts),
        ("parking", lambda percent: True),
    ]
    for code, counts in single:
        after = _decimal(entry.get(code))
        if after is not None and not counts(after):
            continue
        if after != table.get(code) and (after is not None or code in table):
            yield RateChange(country, code, table.get(code), after)
    parking = _decimal(entry.get("parking"))
    wanted = {_decimal(value) for value in entry.get("reduced", ())} - in_parts - {None}
    yield from _reduced_changes(country, {p for p in wanted if p is not None}, table, parking)


def _reduced_changes(
    country: str, wanted: set[Decimal], table: Mapping[str, Decimal], parking: Decimal | None
) -> Iterator[RateChange]:
    """Reduced rates have no names in the set: one out and one in is taken for a change of that one."""
    known = {code: table[code] for code in REDUCED if code in table}
    gone = {code: percent for code, percent in known.items() if percent not in wanted}
    # A parking rate may be listed as a reduced one, too.
    new = sorted(wanted - set(known.values()) - ({parking} if parking is not None else set()))
    if not known:
        for code, percent in zip(REDUCED, new, strict=False):
            yield RateChange(country, code, None, percent)
    elif len(gone) == len(new) == 1:
        ((code, before),) = gone.items()
        yield RateChange(country, code, before, new[0])
    else:
        for code, before in gone.items():
            yield RateChange(country, code, before, None, "which rate follows? decide by hand")
        for percent in new:
            yield RateChange(country, "reduced", None, percent, "of what? add it by hand")


def _decimal(value: Any) -> Decimal | None:
    # The set's numbers are JSON floats with few digits: their text is what was meant.
    return None if value is None else Decimal(str(value)).normalize()
