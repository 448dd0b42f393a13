"""Stretches of time that the database keeps apart."""

from __future__ import annotations

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField, RangeOperators
from django.db.models import F, Func, Value


def no_overlap(*, name: str, within: dict[str, str]) -> ExclusionConstraint:
    """No two rows with equal columns share an instant of [starts_at, ends_at); an empty end is never.

    `within` names the columns and the range type of each, since a GiST index compares ranges alone.
    """
    spans = [Func(F(column), F(column), Value("[]"), function=kind) for column, kind in within.items()]
    spans.append(Func(F("starts_at"), F("ends_at"), function="tstzrange", output_field=DateTimeRangeField()))
    return ExclusionConstraint(name=name, expressions=[(each, RangeOperators.OVERLAPS) for each in spans])
