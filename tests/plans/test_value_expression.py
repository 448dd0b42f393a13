from __future__ import annotations

from decimal import Decimal

import pytest

from apps.plans.value_expression import (
    MAX_DEPTH,
    Call,
    ExpressionFault,
    Negated,
    Number,
    Operation,
    Property,
    parse_expression,
)


def test_products_bind_closer_than_sums_and_both_from_the_left() -> None:
    tree = parse_expression("a - b - 2 * c / 4")

    assert tree == Operation(
        "-",
        Operation("-", Property("a"), Property("b")),
        Operation("/", Operation("*", Number(Decimal(2)), Property("c")), Number(Decimal(4))),
    )


def test_parentheses_signs_functions_and_quoted_names() -> None:
    tree = parse_expression(' -( x.y + "my-prop" ) * max( 0.50, coalesce(max, 1) )')

    assert tree == Operation(
        "*",
        Negated(Operation("+", Property("x.y"), Property("my-prop"))),
        Call("max", (Number(Decimal("0.50")), Call("coalesce", (Property("max"), Number(Decimal(1)))))),
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "A number or a property is missing at position 1."),
        ("a + ", "A number or a property is missing at position 5."),
        ("a + * b", "A number or a property is missing before '*' at position 5."),
        ("a b", "An operator is missing before 'b' at position 3."),
        ("(a + b", "')' is missing at position 7."),
        ("a + b)", "An operator is missing before ')' at position 6."),
        ("sqrt(a)", "'sqrt' is not a function (min, max, coalesce) at position 1."),
        ("min()", "A number or a property is missing before ')' at position 5."),
        ("min(a b)", "')' is missing at position 7."),
        ("a ** 2", "A number or a property is missing before '*' at position 4."),
        ("a ; drop", "';' is not understood at position 3."),
        ("3x", "'3' is not understood at position 1."),
        ("1e5", "'1' is not understood at position 1."),
        ('"a', "'\"' is not understood at position 1."),
        ("prix_é", "'é' is not understood at position 6."),
    ],
)
def test_fault_names_its_position(text: str, message: str) -> None:
    with pytest.raises(ExpressionFault) as refused:
        parse_expression(text)

    assert str(refused.value) == message


@pytest.mark.parametrize("text", ["(" * 50 + "a" + ")" * 50, "-" * 50 + "a"])
def test_nesting_is_bounded(text: str) -> None:
    with pytest.raises(ExpressionFault, match=f"More than {MAX_DEPTH} levels"):
        parse_expression(text)


def test_a_long_sum_is_no_nesting() -> None:
    parse_expression("+".join(["a"] * 250))
