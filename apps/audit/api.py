"""The change feed: everything that happened to a brand in one mode, in one order that never changes."""

from __future__ import annotations

from typing import ClassVar

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from apps.audit.selectors import events_after
from apps.audit.serializers import ChangesSerializer, change_json
from apps.core.api.pagination import parse_limit
from apps.core.api.views import ApiView
from apps.core.errors import InvalidInput

MAX_LIMIT = 1000
DEFAULT_LIMIT = 100
BIGINT_MAX = 2**63 - 1


class ChangesView(ApiView):
    """Ask with ``after=0`` first, then with the ``next_after`` of the last answer, for ever."""

    required_scopes: ClassVar = {"get": "events:read"}

    @extend_schema(
        operation_id="list_changes",
        tags=["changes"],
        parameters=[
            OpenApiParameter("after", {"type": "integer", "minimum": 0, "maximum": BIGINT_MAX, "default": 0}),
            OpenApiParameter(
                "limit",
                {"type": "integer", "minimum": 1, "maximum": MAX_LIMIT, "default": DEFAULT_LIMIT},
            ),
        ],
        responses=ChangesSerializer,
    )
    def get(self, request: Request) -> Response:
        after = _parse_after(request.query_params.get("after"))
        limit = parse_limit(request.query_params.get("limit"), default=DEFAULT_LIMIT, maximum=MAX_LIMIT)
        seals = events_after(seq=after, **self.own, limit=limit + 1)
        page = seals[:limit]
        return Response(
            {
                "object": "list",
                "data": [change_json(seal) for seal in page],
                "has_more": len(seals) > limit,
                "next_after": page[-1].seq if page else after,
            }
        )


def _parse_after(value: str | None) -> int:
    if value is None or value == "":
        return 0
    if not (value.isascii() and value.isdigit() and len(value) < 20 and int(value) <= BIGINT_MAX):
        raise InvalidInput("after is the next_after of an earlier answer, or 0.", field="after")
    return int(value)
