"""Runs a case of the `aggregations` schema: events go in as an integrator's would, and the selectors are
asked.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

from django.db import transaction

from apps.accounts.enums import EventIdentity
from apps.accounts.models import Brand
from apps.customers.models import Customer
from apps.plans.enums import Aggregation, QuantityRounding, UniqueMode
from apps.plans.models import Meter
from apps.scenarios.cases.outcome import Outcome, differing, outcome_of
from apps.scenarios.cases.vocabulary import Case, unbuilt
from apps.usage.enums import IntakeOutcome
from apps.usage.incoming import MAX_EVENTS, EventAnswer, IncomingEvent
from apps.usage.quantity import billable_quantity
from apps.usage.selectors import daily_values, meter_active_value, meter_groups, meter_value
from apps.usage.services.ingest import ingest_events

EVENT_NAME = "case"
FIELDS = frozenset(
    {
        *("policies", "aggregation", "field", "timezone", "period_start", "period_end", "events"),
        *("include", "exclude", "group_by", "floor_zero", "carry_over", "initial_value", "percentile"),
        *("period_days", "round", "round_mode", "rounding_function", "rounding_precision"),
        *("expected_value", "expected_groups", "expected_daily"),
    }
)
AGGREGATIONS: Mapping[str, Aggregation] = {
    **{str(known): known for known in Aggregation},
    "avg": Aggregation.AVERAGE,
    "prorated_count": Aggregation.COUNT,
    "prorated_sum": Aggregation.SUM,
    "prorated_unique_count": Aggregation.UNIQUE_COUNT,
}
ROUNDINGS: Mapping[str, QuantityRounding] = {
    "round": QuantityRounding.HALF_UP,
    "half_up": QuantityRounding.HALF_UP,
    # Of decimals that are only shown, the last is rounded as people do.
    "none": QuantityRounding.HALF_UP,
    "ceil": QuantityRounding.UP,
    "up": QuantityRounding.UP,
    "floor": QuantityRounding.DOWN,
    "down": QuantityRounding.DOWN,
}
POLICIES: Mapping[str, frozenset[str]] = {
    "period_end": frozenset({"exclusive"}),
    "dedupe": frozenset({"none", "same_id_and_source", "same_id_and_timestamp", "same_id_amends_last_wins"}),
    # Without it the first stays: what comes under its id with other content is a conflict.
    "duplicate_winner": frozenset({"last_ingested"}),
    "missing_field": frozenset({"ignored"}),
    "non_numeric": frozenset({"ignored"}),
    "negative_latest": frozenset({"zero", "as_is"}),
    "unique_mode": frozenset({"distinct", "add_remove"}),
    "missing_operation": frozenset({"add"}),
    "event_order": frozenset({"event_time"}),
    "earlier_events": frozenset({"ignored", "carried_over"}),
    "weighting": frozenset({"seconds_of_period"}),
    "active_days": frozenset({"both_included"}),
    "proration_unit": frozenset({"day"}),
    "denominator": frozenset({"full_period"}),
    "anchor_precision": frozenset({"local_day"}),
    "empty_value": frozenset({"zero"}),
    "filter_match": frozenset({"all_include_keys_no_exclude_entry"}),
    "missing_group_key": frozenset({"null_group"}),
    "total_of_days": frozenset({"function_over_all_events"}),
    "amount_rounding": frozenset({"none", "half_up", "up", "down"}),
    "missing_precision": frozenset({"zero_decimals"}),
    "negative_precision": frozenset({"tens_and_hundreds"}),
}


def run_case(case: Case) -> Outcome:
    """Store the case's events, ask for the value, groups and days, and leave nothing behind."""
    if (aggregation := case.get("aggregation")) not in AGGREGATIONS:
        return Outcome("failed", [f"aggregation {aggregation!r} is not built yet"])
    if (outcome := unbuilt(case, fields=FIELDS, policies=POLICIES)) is not None:
        return outcome
    return outcome_of(lambda: _differences(case))


def _differences(case: Case) -> list[str]:
    # Events are append-only: only a rollback takes them out again.
    with transaction.atomic():
        try:
            return _store_and_compare(case)
        finally:
            transaction.set_rollback(True)


def _store_and_compare(case: Case) -> list[str]:
    starts_at, ends_at = (datetime.fromisoformat(case[name]) for name in ("period_start", "period_end"))
    given = [*_initial(case, starts_at), *case["events"]]
    events = [_event(case, index, event) for index, event in enumerate(given)]
    customer = _throw_away_customer(case, events, at=starts_at)
    received_at = max([ends_at, *(event.timestamp for event in events if event.timestamp)])
    for first in range(0, len(events), MAX_EVENTS):
        answers = ingest_events(
            brand_id=customer.brand_id,
            livemode=False,
            events=events[first : first + MAX_EVENTS],
            # Later requests arrive later.
            received_at=received_at + timedelta(seconds=first),
        )
        if refused := _refusals(answers):
            return refused
    window = {"meter": _meter(case), "customer_id": customer.pk, "starts_at": starts_at, "ends_at": ends_at}
    return [*_value_differs(case, window), *_groups_differ(case, window), *_days_differ(case, window)]


def _initial(case: Case, starts_at: datetime) -> list[dict[str, Any]]:
    """What was so before the period, told as a number, comes from an event before it."""
    if case.get("initial_value") is None:
        return []
    earlier = (starts_at - timedelta(seconds=1)).isoformat()
    return [{"timestamp": earlier, "properties": {case["field"]: str(case["initial_value"])}}]


def _event(case: Case, index: int, event: Mapping[str, Any]) -> IncomingEvent:
    event_id = event.get("transaction_id")
    if case["policies"].get("dedupe", "none") == "none" or event_id is None:
        event_id = f"event {index}"
    return IncomingEvent(
        id=event_id,
        customer="case",
        event=EVENT_NAME,
        timestamp=datetime.fromisoformat(event["timestamp"]),
        properties=_properties(event),
        source=event.get("source") or "api",
    )


def _identity(case: Case) -> EventIdentity:
    by_time = case["policies"].get("dedupe") == "same_id_and_timestamp"
    return EventIdentity.ID_AND_TIMESTAMP if by_time else EventIdentity.ID


def _amending(case: Case, events: list[IncomingEvent]) -> list[str]:
    """The sources whose last word counts."""
    policies = case["policies"]
    if "same_id_amends_last_wins" in policies.values() or "last_ingested" in policies.values():
        return sorted({event.source for event in events})
    return []


def _properties(event: Mapping[str, Any]) -> dict[str, Any]:
    """The cases say `operation_type` where Monetize reads `operation`."""
    properties = dict(event["properties"])
    if "operation_type" in properties:
        properties["operation"] = properties.pop("operation_type")
    return properties


def _throw_away_customer(case: Case, events: list[IncomingEvent], *, at: datetime) -> Customer:
    brand = Brand.objects.create(
        code=f"case-{uuid4().hex[:12]}",
        name="Case",
        legal_name="Case",
        country="DE",
        support_email="case@example.com",
        invoice_prefix="CASE",
        event_identity=_identity(case),
        amending_sources=_amending(case, events),
        created_at=at,
    )
    return Customer.objects.create(
        brand=brand,
        external_id="case",
        name="Case",
        email="case@example.com",
        currency="EUR",
        time_zone=case.get("timezone", "UTC"),
        created_at=at,
    )


def _meter(case: Case) -> Meter:
    """The case's meter, not saved: reading a value needs no row."""
    include = [{"property": name, "values": values} for name, values in (case.get("include") or {}).items()]
    exclude = [
        {"exclude": [{"property": name, "values": values} for name, values in entry.items()]}
        for entry in case.get("exclude") or ()
    ]
    aggregation = AGGREGATIONS[case["aggregation"]]
    policies = case["policies"]
    carried = case.get("carry_over") or case.get("initial_value") is not None
    return Meter(
        event_name=EVENT_NAME,
        aggregation=aggregation,
        value_property="" if aggregation == Aggregation.COUNT else case["field"],
        filters=[*include, *exclude],
        group_by=list(case.get("group_by") or ()),
        unique_mode=policies.get("unique_mode", UniqueMode.DISTINCT),
        carries_over=bool(carried or policies.get("earlier_events") == "carried_over"),
        percentile=Decimal(case["percentile"]) if case.get("percentile") is not None else None,
        **_rounding(case),
    )


def _rounding(case: Case) -> dict[str, Any]:
    """`rounding_function` is the meter's own; `round` is to how many decimals the source looked."""
    if (function := case.get("rounding_function")) is not None:
        precision = case.get("rounding_precision")
        return {"rounding": ROUNDINGS[function], "rounding_precision": int(precision or 0)}
    if (decimals := case.get("round")) is None:
        return {}
    mode = case.get("round_mode") or case["policies"].get("amount_rounding", "half_up")
    return {"rounding": ROUNDINGS[mode], "rounding_precision": int(decimals)}


def _refusals(answers: list[EventAnswer]) -> list[str]:
    return [
        f"event {answer.index} was refused: {error.message}"
        for answer in answers
        if answer.status == IntakeOutcome.INVALID
        for error in answer.errors or ()
    ]


def _value_differs(case: Case, window: dict[str, Any]) -> list[str]:
    if case.get("expected_value") is None:
        return []
    value = _value(case, window)
    if case.get("floor_zero") or case["policies"].get("negative_latest") == "zero":
        value = billable_quantity(value)
    return differing("value", Decimal(case["expected_value"]), value)


def _value(case: Case, window: dict[str, Any]) -> Decimal:
    if not case["aggregation"].startswith("prorated_"):
        return meter_value(**window)
    days = case.get("period_days")
    active = meter_active_value(
        **window, zone=case.get("timezone", "UTC"), period_days=None if days is None else int(days)
    )
    return active.prorated


def _groups_differ(case: Case, window: dict[str, Any]) -> list[str]:
    if case.get("expected_groups") is None:
        return []
    found = {tuple(sorted(group.items())): value for group, value in meter_groups(**window)}
    expected = {
        tuple(sorted(entry["group"].items())): Decimal(entry["value"]) for entry in case["expected_groups"]
    }
    return [
        difference
        for group in expected | found
        for difference in differing(f"group {dict(group)}", expected.get(group), found.get(group))
    ]


def _days_differ(case: Case, window: dict[str, Any]) -> list[str]:
    if case.get("expected_daily") is None:
        return []
    found = [value for _, value in daily_values(**window, zone=case.get("timezone", "UTC"))]
    return differing("daily values", [Decimal(value) for value in case["expected_daily"]], found)
