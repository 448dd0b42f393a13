"""Runs a case of the `proration` schema: factors, partial amounts, changes, terminations and limits."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from decimal import Decimal

from apps.pricing.credits import limited_credit
from apps.pricing.money import Money
from apps.pricing.periods.anchor import Anchor, Precision
from apps.pricing.periods.lattice import period_before
from apps.pricing.periods.period import Period
from apps.pricing.periods.schedule import Alignment, Schedule
from apps.pricing.proration import Share, days_between, prorated_amount, share_of, share_of_period
from apps.pricing.proration_policy import (
    ALWAYS,
    ChangeDay,
    CreditBase,
    CreditLimit,
    Denominator,
    NewPlanCharge,
    ProrationRounding,
    ProrationUnit,
    RefundRest,
    TerminationDay,
)
from apps.pricing.rounding import Rounding
from apps.scenarios.cases.outcome import Outcome, outcome_of
from apps.scenarios.cases.periods import INVOICED
from apps.scenarios.cases.proration_changes import OF_TERMINATION, plan_change, seat_change, termination
from apps.scenarios.cases.proration_reading import (
    amount_of,
    cadence_of,
    compared,
    end_instant,
    full_of,
    instant,
    part_of,
    policy_of,
    zone_of,
)
from apps.scenarios.cases.vocabulary import Case, unbuilt, unbuilt_keys

FIELDS = frozenset(
    {
        *("policies", "kind", "currency", "amounts", "dates", "expected", "timezone", "direction", "mode"),
        *("days", "period_days", "used_days", "fixed_days", "changes", "seats"),
        *("old_discount", "new_discount", "new_period_full_charge"),
    }
)
DATES = frozenset(
    {
        *("start", "end", "period_start", "period_end", "period_end_inclusive", "change", "trial_days"),
        *("interval", "interval_count", "target", "billing_day", "start_local", "end_local"),
        *("started", "terminated", "terminated_at", "timezone"),
    }
)
POLICIES: Mapping[str, Collection[str]] = {
    **{key: frozenset({only}) for key, only in ALWAYS.items()},
    "proration_unit": frozenset(ProrationUnit),
    "proration_rounding": frozenset(ProrationRounding),
    "amount_rounding": frozenset(Rounding),
    "denominator": frozenset(Denominator) | {f"fixed_days:{days}" for days in range(1, 367)},
    "factor_shown": frozenset({"12_decimals"}),
    "change_day": frozenset(ChangeDay),
    "change_timing": frozenset({"now", "period_end"}),
    "interval_change": frozenset({"restart_now"}),
    "new_plan_charge": frozenset(NewPlanCharge),
    "discount_order": frozenset({"before_proration"}),
    "termination_day": frozenset(TerminationDay),
    "termination_credit": frozenset({"credit_note", "account_credit", "none"}),
    "credit_base": frozenset(CreditBase),
    "credit_limit": frozenset(CreditLimit),
    "refund_rest": frozenset(RefundRest),
    "period_end": frozenset({"exclusive", "inclusive"}),
    "alignment": frozenset(Alignment),
    "anchor_precision": frozenset(Precision),
    "month_end": frozenset({"clamp_keep_anchor_day"}),
    "first_period_ends": frozenset({"next_billing_day_of_month", "next_anchor_day", "end_of_interval"}),
    "invoiced_periods": frozenset(INVOICED),
}


def run_case(case: Case) -> Outcome:
    """Compute the case's numbers through apps.pricing and compare with what it expects."""
    kind = str(case.get("kind"))
    if kind not in KINDS:
        return Outcome("failed", [f"kind {kind!r} is not built yet"])
    if (outcome := unbuilt(case, fields=FIELDS, policies=POLICIES)) is not None:
        return outcome
    amounts, differences = KINDS[kind]
    return outcome_of(lambda: _unread(case, amounts) or differences(case))


def _unread(case: Case, amounts: frozenset[str]) -> list[str]:
    dates = unbuilt_keys("date", case.get("dates", {}), DATES)
    return dates + unbuilt_keys("amount", case.get("amounts", {}), amounts)


def _cycles(case: Case) -> list[str]:
    policies, dates = case["policies"], case["dates"]
    schedule = Schedule(
        Anchor(
            instant(case, "start"), zone_of(case), Precision(policies.get("anchor_precision", "local_day"))
        ),
        cadence_of(case),
        Alignment(policies.get("alignment", "billing_day")),
        dates.get("billing_day"),
        starts_at=instant(case, "start"),
        ends_at=end_instant(case, "end") if dates.get("end") else None,
    )
    invoiced = INVOICED[policies.get("invoiced_periods", "started_on_or_before_target")]
    periods = invoiced(schedule, instant(case, "target"))
    shares = [share_of_period(policy_of(case), schedule, period.starts_at) for period in periods]
    return compared(case["expected"], {"cycles": sum((share.shown for share in shares), Decimal(0))})


def _factor(case: Case) -> list[str]:
    return compared(case["expected"], {"factor": _share(case).shown})


def _amount(case: Case) -> list[str]:
    prorated = prorated_amount(amount_of(case, "price"), _share(case), policy_of(case))
    if case["policies"].get("amount_rounding") == "none":
        return compared(case["expected"], {"amount": prorated.shown})
    return compared(case["expected"], {"amount": prorated.money(case["currency"])})


def _share(case: Case) -> Share:
    return share_of(policy_of(case), part_of(case), _whole_period(case), zone_of(case))


def _whole_period(case: Case) -> Period | None:
    dates = case["dates"]
    if dates.get("period_start"):
        return full_of(case)
    if case["policies"]["denominator"] != Denominator.BOUNDARY_MINUS_INTERVAL:
        # What is measured by fixed days needs none; anything else is refused by name.
        return None
    boundary = end_instant(case, "period_end" if "period_end" in dates else "end")
    return period_before(boundary, cadence_of(case), zone_of(case))


def _days(case: Case) -> list[str]:
    days = days_between(instant(case, "start_local"), end_instant(case, "end_local"), zone_of(case))
    return compared(case["expected"], {"days": Decimal(days)})


def _credit_cap(case: Case) -> list[str]:
    names = ("potential", "original", "previous")
    potential, original, previous = (amount_of(case, name) for name in names)
    limited = limited_credit(policy_of(case), potential, original=original, previous=previous)
    named = Rounding(case["policies"].get("amount_rounding", Rounding.HALF_UP))
    return compared(case["expected"], {"credit": Money.from_exact(limited, case["currency"], named)})


KINDS: Mapping[str, tuple[frozenset[str], Callable[[Case], list[str]]]] = {
    "cycles": (frozenset(), _cycles),
    "factor": (frozenset(), _factor),
    "amount": (frozenset({"price"}), _amount),
    "days": (frozenset(), _days),
    "credit_cap": (frozenset({"potential", "original", "previous"}), _credit_cap),
    "plan_change": (frozenset({"old", "new"}), plan_change),
    "plan_change_discount": (frozenset({"old", "new"}), plan_change),
    "seat_change": (frozenset({"per_seat"}), seat_change),
    "termination_credit": (OF_TERMINATION, termination),
}
"""The amounts that a case of each kind may name, and what finds its differences."""
