"""Price lists drawn at random, as plain data."""

from __future__ import annotations

from dataclasses import dataclass

from hypothesis import strategies as st

Cadence = tuple[str, int]

ZONES = (
    "UTC",
    "Europe/Berlin",
    "America/Los_Angeles",
    "Asia/Kathmandu",
    "Pacific/Auckland",
    # Midnight does not exist, or comes twice, on some of their days.
    "Africa/Cairo",
    "America/Havana",
    "America/Santiago",
)
CURRENCIES = {"EUR": 2, "JPY": 0, "BHD": 3}
CADENCES: tuple[Cadence, ...] = (("month", 1), ("year", 1), ("week", 1))
ODD: tuple[Cadence, ...] = (("quarter", 1), ("month", 2), ("day", 10))
METERS = ("calls", "bytes")


@dataclass(frozen=True)
class Fee:
    """A price: `source` is flat, seats or metered; `amount` is in major units, for one or for a package.

    `model` is unit, graduated (slices of `tiers`) or package (of `size` units, a started one is whole).
    """

    code: str
    source: str
    amount: str
    cadence: Cadence
    in_advance: bool
    meter: str = ""
    model: str = "unit"
    tiers: tuple[tuple[int | None, str], ...] = ()
    size: int = 1


@dataclass(frozen=True)
class Plan:
    """What is sold. With `prorates` a part of a period costs its share, else as much as the whole; with
    `credits_end` an end gives the unused part of what was paid to the balance."""

    code: str
    fees: tuple[Fee, ...]
    calendar: bool = False
    prorates: bool = True
    credits_end: bool = False

    @property
    def has_seats(self) -> bool:
        return any(fee.source == "seats" for fee in self.fees)


amounts = st.sampled_from(["0", "0.01", "9.99", "29", "31", "100.005", "1234.567"])
unit_amounts = st.sampled_from(["0.015", "0.333", "1", "2.5"])


@st.composite
def usage_fees(draw: st.DrawFn, cadence: Cadence) -> Fee:
    model = draw(st.sampled_from(["unit", "graduated", "package"]))
    amount = draw(unit_amounts)
    tiers = ((10, amount), (25, "0.105"), (None, "0.03")) if model == "graduated" else ()
    meter = draw(st.sampled_from(METERS))
    return Fee("usage", "metered", amount, cadence, False, meter, model, tiers, 7)


@st.composite
def plans(draw: st.DrawFn, number: int) -> Plan:
    calendar = draw(st.booleans())
    cadences = st.sampled_from(CADENCES if calendar or draw(st.integers(0, 3)) else CADENCES + ODD)
    fees = []
    if draw(st.integers(0, 5)):
        source = draw(st.sampled_from(["flat", "seats"]))
        fees.append(Fee("base", source, draw(amounts), draw(cadences), draw(st.integers(0, 2)) > 0))
        if not draw(st.integers(0, 2)):
            fees.append(Fee("extra", "seats", draw(amounts), draw(cadences), draw(st.booleans())))
    if not fees or draw(st.booleans()):
        fees.append(draw(usage_fees(draw(cadences))))
    return Plan(
        f"plan-{number}",
        tuple(draw(st.permutations(fees))),
        calendar,
        prorates=draw(st.integers(0, 3)) > 0,
        credits_end=draw(st.booleans()),
    )
