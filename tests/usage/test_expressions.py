from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apps.plans.value_expression import Expression, Negated, Number, Operation, Property, parse_expression
from apps.usage.expressions import expression_statement

pytestmark = pytest.mark.django_db


def worth(text: str, properties: str = "{}") -> Decimal | None:
    statement = expression_statement(parse_expression(text))
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {statement.text} FROM (SELECT %s::jsonb AS properties) AS event",
            [*statement.parameters, properties],
        )
        return cursor.fetchone()[0]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("a + b * 2 - 1", "5.25"),
        ("(a + b) * -2", "-7.5"),
        ("0.1 + 0.2", "0.3"),
        ("b / 3", "0.833333333333333333333333333333"),
        ("llm.tokens * 3", "21"),
        ('"my-prop" - 1', "8"),
        ("min(a, b, 2)", "1.25"),
        ("max(a, none, 2)", "2"),
        ("coalesce(none, word, b)", "2.5"),
        ("a * 100000000000000000000000000000001", "125000000000000000000000000000001.25"),
    ],
)
def test_expression_of_an_event(text: str, value: str) -> None:
    properties = '{"a": "1.25", "b": 2.5, "word": "x", "llm": {"tokens": 7}, "my-prop": 9}'

    assert worth(text, properties) == Decimal(value)


@pytest.mark.parametrize("text", ["a + none", "none", "-word", "a / 0", "a / (b - b)", "coalesce(none)"])
def test_expression_without_an_operand_is_worth_nothing(text: str) -> None:
    assert worth(text, '{"a": 1, "b": 2, "word": "x"}') is None


def test_what_a_meter_says_never_becomes_sql() -> None:
    name = "'; DROP TABLE usage_event; --%s"

    assert worth(f'"{name}" + 1', '{"\'; DROP TABLE usage_event; --%s": 4}') == 5


leaves = st.decimals(min_value=-99, max_value=99, places=2).map(lambda value: Number(abs(value)))
trees = st.recursive(
    leaves | st.sampled_from([Property("a"), Property("b")]),
    lambda inner: st.builds(Negated, inner) | st.builds(Operation, st.sampled_from("+-*"), inner, inner),
    max_leaves=12,
)


def by_hand(tree: Expression) -> Fraction:
    match tree:
        case Number(value):
            return Fraction(value)
        case Property(name):
            return Fraction({"a": "1.5", "b": "-3"}[name])
        case Negated(operand):
            return -by_hand(operand)
        case Operation(symbol, left, right):
            first, second = by_hand(left), by_hand(right)
            return {"+": first + second, "-": first - second, "*": first * second}[symbol]
    raise AssertionError


@given(trees)
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
def test_expressions_are_exact(db: None, tree: Expression) -> None:
    statement = expression_statement(tree)
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {statement.text} FROM (SELECT %s::jsonb AS properties) AS event",
            [*statement.parameters, '{"a": 1.5, "b": "-3"}'],
        )
        assert Fraction(cursor.fetchone()[0]) == by_hand(tree)
