"""Which schema a case is written in: told by its fields, never by its file's name."""

from __future__ import annotations

from enum import StrEnum

from apps.scenarios.cases.vocabulary import Case


class CaseKind(StrEnum):
    PRICING = "pricing"
    PERIODS = "periods"
    AGGREGATIONS = "aggregations"
    PRORATION = "proration"
    ADJUSTMENTS = "adjustments"
    TIMELINE = "timeline"


# The fields that only cases of this schema have together.
SIGNS: tuple[tuple[CaseKind, frozenset[str]], ...] = (
    (CaseKind.TIMELINE, frozenset({"steps", "expect"})),
    (CaseKind.AGGREGATIONS, frozenset({"aggregation", "events"})),
    (CaseKind.PRICING, frozenset({"model", "params"})),
    (CaseKind.PERIODS, frozenset({"kind", "interval", "anchor"})),
    (CaseKind.ADJUSTMENTS, frozenset({"kind", "input", "expected"})),
    (CaseKind.PRORATION, frozenset({"kind", "currency", "expected"})),
)


def kind_of(case: Case) -> CaseKind | None:
    """The schema of a case; None when no schema has these fields."""
    return next((kind for kind, fields in SIGNS if fields <= case.keys()), None)
