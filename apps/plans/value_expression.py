"""The small language of `Meter.value_expression`: what one event is worth, from its properties.

    expression := term (("+" | "-") term)*          term := factor (("*" | "/") factor)*
    factor     := "-" factor | number | property | "(" expression ")" | function "(" expression, … ")"
    function   := min | max | coalesce              property := name | name.inner | "any text"

It is parsed here and never evaluated in Python: usage makes SQL of the tree.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal

FUNCTIONS = ("min", "max", "coalesce")
MAX_DEPTH = 40
MAX_LENGTH = 500

_TOKEN = re.compile(
    r"""\s*(?:(?P<number>\d+(?:\.\d+)?(?![\w.]))|(?P<name>[A-Za-z_]\w*(?:\.\w+)*)"""
    r"""|"(?P<quoted>[^"]+)"|(?P<symbol>[-+*/(),]))""",
    re.ASCII,
)


class ExpressionFault(Exception):
    """The text is no expression; `position` counts characters from 1."""

    def __init__(self, message: str, position: int) -> None:
        super().__init__(f"{message} at position {position}.")
        self.position = position


@dataclass(frozen=True, slots=True)
class Number:
    value: Decimal


@dataclass(frozen=True, slots=True)
class Property:
    name: str


@dataclass(frozen=True, slots=True)
class Negated:
    operand: Expression


@dataclass(frozen=True, slots=True)
class Operation:
    symbol: str
    left: Expression
    right: Expression


@dataclass(frozen=True, slots=True)
class Call:
    function: str
    arguments: tuple[Expression, ...]


Expression = Number | Property | Negated | Operation | Call


def parse_expression(text: str) -> Expression:
    """Return the tree of an expression.

    Raises:
        ExpressionFault: where and why the text cannot be read.
    """
    if len(text) > MAX_LENGTH:
        raise ExpressionFault(
            f"An expression has at most {MAX_LENGTH} characters: it is too long", MAX_LENGTH
        )
    parser = _Parser(_tokens(text), len(text) + 1)
    tree = parser.sum()
    parser.finish()
    return tree


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str
    position: int


def _tokens(text: str) -> list[_Token]:
    tokens, at, end = [], 0, len(text.rstrip())
    while at < end:
        match = _TOKEN.match(text, at)
        if match is None or match.lastgroup is None:
            place = at + len(text[at:]) - len(text[at:].lstrip())
            raise ExpressionFault(f"'{text[place]}' is not understood", place + 1)
        start = match.start(match.lastgroup) - (match.lastgroup == "quoted")
        tokens.append(_Token(match.lastgroup, match.group(match.lastgroup), start + 1))
        at = match.end()
    return tokens


class _Parser:
    def __init__(self, tokens: list[_Token], end: int) -> None:
        self.tokens = tokens
        self.end = end
        self.next = 0
        self.depth = 0

    def sum(self) -> Expression:
        tree = self._product()
        while symbol := self._accept("+", "-"):
            tree = Operation(symbol, tree, self._product())
        return tree

    def finish(self) -> None:
        if self.next < len(self.tokens):
            token = self.tokens[self.next]
            raise ExpressionFault(f"An operator is missing before '{token.text}'", token.position)

    def _product(self) -> Expression:
        tree = self._factor()
        while symbol := self._accept("*", "/"):
            tree = Operation(symbol, tree, self._factor())
        return tree

    def _factor(self) -> Expression:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise ExpressionFault(f"More than {MAX_DEPTH} levels are nested", self._position())
        tree = Negated(self._factor()) if self._accept("-") else self._operand()
        self.depth -= 1
        return tree

    def _operand(self) -> Expression:
        token = self.tokens[self.next] if self.next < len(self.tokens) else None
        if token is None:
            raise ExpressionFault("A number or a property is missing", self.end)
        self.next += 1
        if token.kind == "number":
            return Number(Decimal(token.text))
        if token.kind == "quoted":
            return Property(token.text)
        if token.kind == "name":
            return self._call(token) if self._accept("(") else Property(token.text)
        if token.text == "(":
            tree = self.sum()
            self._expect(")")
            return tree
        raise ExpressionFault(f"A number or a property is missing before '{token.text}'", token.position)

    def _call(self, token: _Token) -> Expression:
        if token.text not in FUNCTIONS:
            offered = ", ".join(FUNCTIONS)
            raise ExpressionFault(f"'{token.text}' is not a function ({offered})", token.position)
        arguments = [self.sum()]
        while self._accept(","):
            arguments.append(self.sum())
        self._expect(")")
        return Call(token.text, tuple(arguments))

    def _accept(self, *symbols: str) -> str:
        """The symbol that is next, if it is one of these; else an empty text."""
        token = self.tokens[self.next] if self.next < len(self.tokens) else None
        if token is None or token.kind != "symbol" or token.text not in symbols:
            return ""
        self.next += 1
        return token.text

    def _expect(self, symbol: str) -> None:
        if not self._accept(symbol):
            raise ExpressionFault(f"'{symbol}' is missing", self._position())

    def _position(self) -> int:
        return self.tokens[self.next].position if self.next < len(self.tokens) else self.end
