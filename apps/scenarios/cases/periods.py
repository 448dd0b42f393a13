"""Runs a case of the `periods` schema: billing periods, boundaries, and what a run finds."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any

from apps.pricing.periods.anchor import Anchor, Precision
from apps.pricing.periods.cadence import Cadence, Interval
from apps.pricing.periods.invoiced import (
    elapsed_periods,
    last_ended_period,
    period_of_day_before,
    periods_ended,
    periods_started,
)
from apps.pricing.periods.lattice import boundary
from apps.pricing.periods.period import Period
from apps.pricing.periods.rejoin import Rejoin, rejoined_end
from apps.pricing.periods.schedule import (
    Alignment,
    Schedule,
    first_boundary,
    full_period,
    next_boundary,
    period_containing,
)
from apps.pricing.periods.wall_clock import local_day, start_of_day
from apps.scenarios.cases.outcome import Outcome, differing, outcome_of
from apps.scenarios.cases.vocabulary import Case, unbuilt

FIELDS = frozenset(
    {
        *("policies", "kind", "interval", "interval_count", "alignment", "anchor", "timezone", "at", "mode"),
        *("billing_day", "subscription_start", "subscription_end", "is_first_period", "source_end_inclusive"),
        *("expected_period_start", "expected_period_end", "expected_start_utc", "expected_end_utc"),
        *("expected_periods", "expected_billed_to", "expected_next_boundary", "expected_elapsed_cycles"),
    }
)
REJOINS = {
    "interval_at_anchor_time": Rejoin.WHOLE_CADENCE,
    "next_anchor_weekday_plus_steps": Rejoin.NEXT_WEEKDAY,
    "anchor_day_of_same_month_else_interval": Rejoin.DAY_OF_MONTH,
    "anchor_itself_if_ahead_else_interval": Rejoin.ANCHOR_IF_AHEAD,
}
FIRST_BOUNDARIES = frozenset({"billing_day_on_or_after_start", "start_itself"})
RUNS = {"last_ended_period": last_ended_period, "period_of_day_before": period_of_day_before}
INVOICED = {"started_on_or_before_target": periods_started, "ended_on_or_before_target": periods_ended}
POLICIES: Mapping[str, frozenset[str]] = {
    "alignment": frozenset(Alignment),
    "anchor_precision": frozenset(Precision),
    "boundary_zone": frozenset({"customer", "utc"}),
    "period_end": frozenset({"exclusive"}),
    "reported_end": frozenset({"last_day"}),
    "month_end": frozenset({"clamp_keep_anchor_day"}),
    "week_start": frozenset({"monday"}),
    "first_period_ends": frozenset({"next_billing_day_of_month", "next_anchor_day", "end_of_interval"}),
    "first_period_starts": frozenset({"subscription_start"}),
    "date_before_start": frozenset({"first_period"}),
    "subscription_end": frozenset({"cuts_period"}),
    "next_boundary": frozenset({"add_interval", "calendar_boundary_plus_steps", *REJOINS, *FIRST_BOUNDARIES}),
    "arrears_run": frozenset(RUNS),
    "elapsed_counts": frozenset({"periods_ended_at_or_before"}),
    "invoiced_periods": frozenset(INVOICED),
}


def run_case(case: Case) -> Outcome:
    """Find the case's periods through apps.pricing and compare with what it expects."""
    kind = str(case.get("kind"))
    if kind not in KINDS:
        return Outcome("failed", [f"kind {kind!r} is not built yet"])
    if (outcome := unbuilt(case, fields=FIELDS, policies=POLICIES)) is not None:
        return outcome
    return outcome_of(lambda: KINDS[kind](case))


def _zone(case: Case) -> str:
    return "UTC" if case["policies"].get("boundary_zone") == "utc" else case["timezone"]


def _instant(case: Case, value: str) -> datetime:
    """Read an instant, or the start of a local day where the case gives only a date."""
    if "T" in value:
        return datetime.fromisoformat(value)
    return start_of_day(date.fromisoformat(value), _zone(case))


def _anchor(case: Case) -> Anchor:
    value = case["anchor"] or case["at"]
    precision = Precision(case["policies"].get("anchor_precision", Precision.LOCAL_DAY))
    if "T" in value or precision is Precision.INSTANT:
        return Anchor(_instant(case, value), _zone(case), precision)
    return Anchor(date.fromisoformat(value), _zone(case), precision)


def _cadence(case: Case) -> Cadence:
    return Cadence(Interval(case["interval"]), case["interval_count"])


def _schedule(case: Case) -> Schedule:
    start, end = case.get("subscription_start"), case.get("subscription_end")
    return Schedule(
        _anchor(case),
        _cadence(case),
        Alignment(case["alignment"]),
        case.get("billing_day"),
        _instant(case, start) if start else None,
        _instant(case, end) if end else None,
    )


def _shown(case: Case, at: datetime | None, like: str | None) -> str | None:
    """Write an instant as the case writes it: a local date, or an instant in UTC."""
    if at is None:
        return None
    if like is not None and "T" in like:
        return at.strftime("%Y-%m-%dT%H:%M:%SZ")
    return local_day(at, _zone(case)).isoformat()


def _period_differences(case: Case, period: Period | None) -> list[str]:
    if period is None:
        return ["no period found"]
    start, end = case["expected_period_start"], case["expected_period_end"]
    differences = differing("period start", start, _shown(case, period.starts_at, start))
    differences += differing("period end", end, _shown(case, period.ends_at, end))
    if "source_end_inclusive" in case:
        last_day = _shown(case, period.ends_at - datetime.resolution, None)
        differences += differing("last day", case["source_end_inclusive"], last_day)
    for field, at in (("expected_start_utc", period.starts_at), ("expected_end_utc", period.ends_at)):
        if field in case:
            differences += differing(field, case[field], _shown(case, at, case[field]))
    return differences


def _containing(case: Case) -> list[str]:
    return _period_differences(case, period_containing(_schedule(case), _instant(case, case["at"])))


def _billed_arrears(case: Case) -> list[str]:
    run = RUNS.get(case["policies"].get("arrears_run", "last_ended_period"))
    return _period_differences(case, run(_schedule(case), _instant(case, case["at"])) if run else None)


def _next_boundary(case: Case) -> list[str]:
    rule, start = case["policies"].get("next_boundary"), _instant(case, case["at"])
    if rule == "calendar_boundary_plus_steps":
        schedule = Schedule(Anchor(start, _zone(case)), _cadence(case), Alignment.CALENDAR)
        end = full_period(schedule, start).ends_at
    elif rule == "add_interval":
        end = boundary(Anchor(start, _zone(case), Precision.INSTANT), _cadence(case), 1)
    elif rule in REJOINS:
        end = rejoined_end(start, _anchor(case), _cadence(case), REJOINS[rule])
    else:
        return [f"next_boundary {rule!r} is not built for this kind"]
    if case.get("subscription_end"):
        end = min(end, _instant(case, case["subscription_end"]))
    return _period_differences(case, Period(start, end))


def _first_boundary(case: Case) -> list[str]:
    schedule = _schedule(case)
    start, end = case["expected_period_start"], case["expected_period_end"]
    return [
        *differing("start", start, _shown(case, schedule.anchor.instant, start)),
        *differing("first boundary", end, _shown(case, first_boundary(schedule), end)),
    ]


def _list(case: Case) -> list[str]:
    find = INVOICED[case["policies"]["invoiced_periods"]]
    periods = find(_schedule(case), _instant(case, case["at"]))
    expected = [(period["start"], period["end"]) for period in case["expected_periods"]]
    like = expected[0][0] if expected else None
    actual = [(_shown(case, p.starts_at, like), _shown(case, p.ends_at, like)) for p in periods]
    return differing("periods", expected, actual)


def _billed_to(case: Case) -> list[str]:
    schedule, at = _schedule(case), _instant(case, case["at"])
    periods = INVOICED[case["policies"]["invoiced_periods"]](schedule, at)
    billed_to, following = case["expected_billed_to"], case["expected_next_boundary"]
    reached = periods[-1].ends_at if periods else None
    return [
        *differing("billed to", billed_to, _shown(case, reached, billed_to)),
        *differing("next boundary", following, _shown(case, next_boundary(schedule, at), following)),
    ]


def _elapsed_cycles(case: Case) -> list[str]:
    elapsed = elapsed_periods(_schedule(case), _instant(case, case["at"]))
    return differing("elapsed cycles", case["expected_elapsed_cycles"], elapsed)


KINDS: Mapping[str, Callable[[Mapping[str, Any]], list[str]]] = {
    "containing": _containing,
    "billed_advance": _containing,
    "billed_arrears": _billed_arrears,
    "next_boundary": _next_boundary,
    "first_boundary": _first_boundary,
    "list": _list,
    "billed_to": _billed_to,
    "elapsed_cycles": _elapsed_cycles,
}
