"""Price lists and lives of customers, drawn at random."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from hypothesis import strategies as st

from tests.simulation.oracle import Cadence, Fee, Plan

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
MAIN: tuple[Cadence, ...] = (
    ("month", 1),
    ("year", 1),
    ("week", 1),
    ("quarter", 1),
    ("month", 2),
    ("day", 10),
)
CALENDAR: tuple[Cadence, ...] = (("month", 1), ("year", 1), ("week", 1), ("quarter", 1))
# A shorter fee in advance fits into the longer one, so that a change at its end cuts nothing that is paid.
FITTING: dict[Cadence, tuple[Cadence, ...]] = {
    ("year", 1): (("month", 1), ("quarter", 1)),
    ("quarter", 1): (("month", 1),),
}


@dataclass(frozen=True)
class Step:
    """Some time after the last one somebody does something; `which` picks a subscription, meter or zone.

    With `first` it is done before the run has come to what is due, as after an hour without power.
    """

    do: str
    first: bool
    after_days: int
    after_minutes: int
    which: int
    plan: int
    quantity: int
    trial_days: int


@dataclass(frozen=True)
class History:
    plans: tuple[Plan, ...]
    currency: str
    zone: str
    starts_at: datetime
    closes_zero_invoices: bool
    steps: tuple[Step, ...]


amounts = st.sampled_from(["0", "0.01", "9.99", "29", "31", "100.005", "1234.567"])
unit_amounts = st.sampled_from(["0.001", "0.015", "0.333", "1", "2.5"])


@st.composite
def plans(draw: st.DrawFn, number: int) -> Plan:
    is_calendar = draw(st.booleans())
    cadences = CALENDAR if is_calendar else MAIN
    main = draw(st.sampled_from(cadences))
    fees = []
    if draw(st.integers(0, 5)):
        source = draw(st.sampled_from(["flat", "seats"]))
        fees.append(Fee("base", source, draw(amounts), main, draw(st.booleans())))
        if draw(st.booleans()):
            shorter = draw(st.sampled_from((main, *FITTING.get(main, ()))))
            fees.append(Fee("extra", "seats", draw(amounts), shorter, draw(st.booleans())))
    if not fees or draw(st.booleans()):
        cadence = draw(st.sampled_from(cadences))
        meter = draw(st.sampled_from(["calls", "bytes"]))
        fees.append(Fee("usage", "metered", draw(unit_amounts), cadence, in_advance=False, meter=meter))
    return Plan(f"plan-{number}", tuple(draw(st.permutations(fees))), is_calendar)


steps = st.builds(
    Step,
    do=st.sampled_from(
        [
            *("subscribe", "subscribe", "use", "use", "use", "change", "change", "change"),
            *("cancel", "cancel_now", "undo", "move", "advance", "crash"),
        ]
    ),
    first=st.sampled_from([True, False, False]),
    after_days=st.sampled_from([0, 1, 3, 10, 17, 31, 45, 100]),
    after_minutes=st.sampled_from([0, 0, 1, 61, 719, 1439]),
    which=st.integers(0, 7),
    plan=st.integers(0, 2),
    quantity=st.integers(1, 4),
    trial_days=st.sampled_from([0, 0, 0, 1, 14, 30]),
)


@st.composite
def histories(draw: st.DrawFn) -> History:
    day = draw(st.sampled_from([(2026, 1, 31), (2026, 3, 27), (2027, 10, 30), (2028, 2, 29), (2026, 12, 31)]))
    return History(
        plans=tuple(draw(plans(number)) for number in range(3)),
        currency=draw(st.sampled_from(list(CURRENCIES))),
        zone=draw(st.sampled_from(ZONES)),
        starts_at=datetime(*day, draw(st.integers(0, 23)), 30, tzinfo=UTC),
        closes_zero_invoices=draw(st.booleans()),
        steps=(
            Step("subscribe", False, 0, 0, 0, 0, draw(st.integers(1, 4)), 0),
            *draw(st.lists(steps, min_size=4, max_size=14)),
        ),
    )
