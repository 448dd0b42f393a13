"""A meter's value expression as SQL: exact decimals, everything a meter says as a parameter."""

from __future__ import annotations

from apps.plans.value_expression import Call, Expression, Negated, Number, Operation, Property
from apps.usage.statement import THIRTY_DECIMALS, Statement, joined, property_number

_FUNCTIONS = {"min": "LEAST", "max": "GREATEST", "coalesce": "COALESCE"}


def expression_statement(tree: Expression) -> Statement:
    """The number of one event, NULL (so the event does not count) where an operand is missing or no number.

    `coalesce` takes the first of its arguments that is there, `min` and `max` look at those that are. A
    quotient has 30 decimals; dividing by zero gives nothing.
    """
    match tree:
        case Number(value):
            return Statement("%s::numeric", [str(value)])
        case Property(name):
            return Statement("(") + property_number(name) + ")"
        case Negated(operand):
            return Statement("(- ") + expression_statement(operand) + ")"
        case Call(function, arguments):
            listed = joined([expression_statement(argument) for argument in arguments], ", ")
            return Statement(f"{_FUNCTIONS[function]}(") + listed + ")"
        case Operation("/", left, right):
            numerator = Statement("((") + expression_statement(left) + f" + {THIRTY_DECIMALS}) / NULLIF("
            return numerator + expression_statement(right) + ", 0))"
        case Operation(symbol, left, right):
            first = Statement("(") + expression_statement(left) + f" {symbol} "
            return first + expression_statement(right) + ")"
