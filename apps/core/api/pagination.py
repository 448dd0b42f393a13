"""Lists by keyset: no row is skipped or repeated while others are added, and every page costs the same."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Model, Q, QuerySet
from django.utils.dateparse import parse_datetime
from rest_framework.pagination import BasePagination
from rest_framework.request import Request
from rest_framework.response import Response

from apps.core.errors import InvalidInput

DEFAULT_LIMIT = 20
MAX_LIMIT = 100


def parse_limit(value: str | None, *, default: int = DEFAULT_LIMIT, maximum: int = MAX_LIMIT) -> int:
    """The page size that was asked for, 1 to ``maximum``.

    Raises:
        InvalidInput: not a whole number in that range (422).
    """
    if value is None or value == "":
        return default
    if not (value.isascii() and value.isdigit() and len(value) < 10 and 1 <= int(value) <= maximum):
        raise InvalidInput(f"limit must be a whole number from 1 to {maximum}.", field="limit")
    return int(value)


class KeysetPagination(BasePagination):
    """``{object: "list", data, has_more, next_cursor}``, newest first.

    ``ordering`` holds fields of one direction that end in a unique one; a view may set ``keyset_ordering``.
    The cursor is the last row's values in base64: opaque to clients, and no secret, since the filter of what
    the caller may see is applied to every page anyway.
    """

    ordering: Sequence[str] = ("-created_at", "-id")

    def paginate_queryset(self, queryset: Any, request: Request, view: Any = None) -> list[Any]:
        self.ordering = getattr(view, "keyset_ordering", self.ordering)
        limit = parse_limit(request.query_params.get("limit"))
        queryset = queryset.order_by(*self.ordering)
        if cursor := request.query_params.get("cursor"):
            queryset = self._after(queryset, decode_cursor(cursor, len(self.ordering)))
        rows = list(queryset[: limit + 1])
        self.has_more = len(rows) > limit
        self.page = rows[:limit]
        return self.page

    def get_paginated_response(self, data: Any) -> Response:
        cursor = self._cursor_of(self.page[-1]) if self.has_more else None
        return Response({"object": "list", "data": data, "has_more": self.has_more, "next_cursor": cursor})

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        return {
            "type": "object",
            "required": ["object", "data", "has_more", "next_cursor"],
            "properties": {
                "object": {"type": "string", "const": "list"},
                "data": schema,
                "has_more": {"type": "boolean"},
                "next_cursor": {"type": ["string", "null"]},
            },
        }

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        limit = {"type": "integer", "minimum": 1, "maximum": MAX_LIMIT, "default": DEFAULT_LIMIT}
        return [
            {"name": "limit", "in": "query", "required": False, "schema": limit},
            {
                "name": "cursor",
                "in": "query",
                "required": False,
                "description": "The next_cursor of the page before.",
                "schema": {"type": "string"},
            },
        ]

    def _after(self, queryset: QuerySet[Any], values: list[Any]) -> QuerySet[Any]:
        try:
            return queryset.filter(self._beyond(values))
        except (TypeError, ValueError, ValidationError) as error:
            raise InvalidInput("cursor belongs to another list.", field="cursor") from error

    def _names(self) -> list[str]:
        return [name.removeprefix("-") for name in self.ordering]

    def _cursor_of(self, row: Model) -> str:
        values = [getattr(row, name) for name in self._names()]
        return encode_cursor(values)

    def _beyond(self, values: list[Any]) -> Q:
        """Rows after the cursor: (a, b) < (x, y) written out, with a <= x first so an index serves it."""
        operator = "lt" if self.ordering[0].startswith("-") else "gt"
        names = self._names()
        condition = Q()
        for index in reversed(range(len(names))):
            step = Q(**{f"{names[index]}__{operator}": values[index]})
            if index < len(names) - 1:
                step |= Q(**{names[index]: values[index]}) & condition
            condition = step
        return Q(**{f"{names[0]}__{operator}e": values[0]}) & condition


def encode_cursor(values: Sequence[Any]) -> str:
    plain = [v.isoformat() if isinstance(v, datetime) else v for v in values]
    raw = json.dumps(plain, separators=(",", ":"), default=str).encode()
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def decode_cursor(cursor: str, count: int) -> list[Any]:
    """The values of a cursor.

    Raises:
        InvalidInput: this is no cursor of such a list (422).
    """
    refusal = InvalidInput("cursor is not one that this list gave.", field="cursor")
    try:
        values = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (binascii.Error, UnicodeDecodeError, ValueError) as error:
        raise refusal from error
    if not isinstance(values, list) or len(values) != count:
        raise refusal
    return [_cursor_value(value, refusal) for value in values]


def _cursor_value(value: Any, refusal: InvalidInput) -> Any:
    if isinstance(value, int) and not isinstance(value, bool):
        if abs(value) < 2**63:
            return value
    elif isinstance(value, str) and "\0" not in value:
        try:
            instant = parse_datetime(value)
        except ValueError:
            raise refusal from None
        # Only an aware instant is a time; any other text stays text (names are keys of some lists).
        return instant if instant is not None and instant.tzinfo is not None else value
    raise refusal
