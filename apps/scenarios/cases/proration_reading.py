"""What a `proration` case says: its policy, its dates and periods, and how its numbers are compared."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from apps.pricing.exact import ZERO, plain
from apps.pricing.money import Money
from apps.pricing.parameters import decimal_from
from apps.pricing.periods.cadence import Cadence, Interval
from apps.pricing.periods.period import Period
from apps.pricing.periods.wall_clock import instant_of, start_of_day
from apps.pricing.proration_policy import KEYS, NewPlanCharge, ProrationPolicy
from apps.scenarios.cases.vocabulary import Case


def policy_of(case: Case) -> ProrationPolicy:
    """The proration rules among the case's policies; `amount_rounding` none means that no money is made."""
    named = {key: value for key, value in case["policies"].items() if key in KEYS}
    if named.get("amount_rounding") == "none":
        del named["amount_rounding"]
    if case.get("new_period_full_charge"):
        named.setdefault("new_plan_charge", NewPlanCharge.FULL_PERIOD)
    return ProrationPolicy.parse(named)


def zone_of(case: Case) -> str:
    zone = case.get("timezone") or case.get("dates", {}).get("timezone") or "UTC"
    return str(zone)


def instant(case: Case, name: str) -> datetime:
    """Read a date of the case: the start of a local day, a local clock time, or an instant."""
    value = case["dates"][name]
    if "T" not in value:
        return start_of_day(date.fromisoformat(value), zone_of(case))
    at = datetime.fromisoformat(value)
    return at if at.tzinfo else instant_of(at.date(), at.time(), zone_of(case))


def end_instant(case: Case, name: str) -> datetime:
    """Read an end as an exclusive one: an inclusive end is the last day of its period."""
    inclusive = f"{name}_inclusive"
    if inclusive in case["dates"]:
        return _day_after(case, inclusive)
    if case["policies"].get("period_end") == "inclusive":
        return _day_after(case, name)
    return instant(case, name)


def part_of(case: Case) -> Period | None:
    """The partial period from `start` to `end`; None when it is empty."""
    starts_at, ends_at = instant(case, "start"), end_instant(case, "end")
    return Period(starts_at, ends_at) if ends_at > starts_at else None


def full_of(case: Case) -> Period:
    return Period(instant(case, "period_start"), end_instant(case, "period_end"))


def cadence_of(case: Case) -> Cadence:
    dates = case["dates"]
    return Cadence(Interval(dates["interval"]), dates.get("interval_count", 1))


def amount_of(case: Case, name: str, default: str | None = None) -> Decimal:
    amounts = case["amounts"]
    return decimal_from(amounts[name] if default is None else amounts.get(name, default), name)


def compared(expected: Mapping[str, Any], actual: Mapping[str, Decimal | Money]) -> list[str]:
    """Return a difference for each expected number that is not the actual one."""
    differences = []
    for name, value in expected.items():
        if name not in actual:
            differences.append(f"expected {name!r} is not built yet")
            continue
        found = actual[name]
        number = found.major if isinstance(found, Money) else found
        if decimal_from(value, name) != number:
            differences.append(f"{name}: expected {value}, got {plain(number or ZERO)}")
    return differences


def _day_after(case: Case, name: str) -> datetime:
    day = date.fromisoformat(case["dates"][name][:10])
    return start_of_day(day + timedelta(days=1), zone_of(case))
