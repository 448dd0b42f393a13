"""Lists of staff pages: search, tabs with counts, filters in the address, keyset paging, CSV of the same."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Count, Q, QuerySet
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.dateparse import parse_date

from apps.backoffice.csv_export import Column, csv_answer
from apps.core.api.pagination import decode_cursor, encode_cursor
from apps.core.errors import InvalidInput

PAGE_SIZE = 50
EXPORT_CHUNK = 1000


@dataclass(frozen=True, slots=True)
class Tab:
    """One status of a list; the first tab is shown when the address names none."""

    value: str
    label: str
    condition: Q = field(default_factory=Q)


@dataclass(frozen=True, slots=True)
class Choice:
    """A select box above the list: `lookup` is compared with the chosen value."""

    name: str
    label: str
    lookup: str
    options: Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class ListSpec:
    """What a list shows and how it may be narrowed. `search` turns the words of the search box into a Q.

    `ordering` has fields of one direction and ends in a unique one. `dated` is the instant that the days from
    and to, in the brand's zone, narrow; both days are inclusive.
    """

    name: str
    template: str
    columns: Sequence[Column]
    search: Callable[[str], Q]
    placeholder: str
    tabs: Sequence[Tab] = ()
    choices: Sequence[Choice] = ()
    dated: str = ""
    ordering: tuple[str, ...] = ("-created_at", "-id")


@dataclass(frozen=True, slots=True)
class ListPage:
    """One page of a list, for `backoffice/list.html`."""

    spec: ListSpec
    rows: list[Any]
    tabs: list[dict[str, Any]]
    current: str
    query: str
    chosen: list[tuple[Choice, str]]
    days: tuple[str, str]
    next_cursor: str | None
    previous: bool
    csv_href: str
    kept: list[tuple[str, str]]

    @property
    def is_narrowed(self) -> bool:
        return bool(self.query or any(self.days) or any(value for _, value in self.chosen) or self.current)


def answer_list(
    request: HttpRequest, queryset: QuerySet[Any], spec: ListSpec, **context: Any
) -> HttpResponseBase:
    """The page of a list, or with `?format=csv` every row of the same filter."""
    narrowed = _narrowed(request, queryset, spec)
    tab = _tab(request, spec)
    rows = narrowed.filter(tab.condition) if tab else narrowed
    if request.GET.get("format") == "csv":
        ordered = rows.order_by(*spec.ordering).iterator(chunk_size=EXPORT_CHUNK)
        return csv_answer(spec.name, spec.columns, ordered)
    page, next_cursor = keyset_page(rows, spec.ordering, request.GET.get("cursor", ""))
    shown = ListPage(
        spec=spec,
        rows=page,
        tabs=_counted(narrowed, spec.tabs),
        current=tab.value if tab else "",
        query=request.GET.get("q", "").strip(),
        chosen=[(choice, request.GET.get(choice.name, "")) for choice in spec.choices],
        days=(request.GET.get("from", ""), request.GET.get("to", "")),
        next_cursor=next_cursor,
        previous=bool(request.GET.get("cursor")),
        csv_href=_csv_href(request),
        kept=_kept(request, spec),
    )
    return render(request, spec.template, {"list": shown, **context})


def keyset_page(
    queryset: QuerySet[Any], ordering: tuple[str, ...], cursor: str, size: int = PAGE_SIZE
) -> tuple[list[Any], str | None]:
    """The rows after the cursor, and the cursor of the page after them; rows added meanwhile move nothing.

    Raises:
        Http404: this list gave no such cursor.
    """
    names = [name.removeprefix("-") for name in ordering]
    if cursor:
        try:
            queryset = queryset.filter(_beyond(ordering, decode_cursor(cursor, len(names))))
        except (InvalidInput, TypeError, ValueError) as error:
            raise Http404("There is no such page.") from error
    rows = list(queryset.order_by(*ordering)[: size + 1])
    if len(rows) <= size:
        return rows, None
    return rows[:size], encode_cursor([getattr(rows[size - 1], name) for name in names])


def _beyond(ordering: tuple[str, ...], values: list[Any]) -> Q:
    """Rows after the cursor: (a, b) < (x, y) written out."""
    condition: Q | None = None
    for name, value in reversed(list(zip(ordering, values, strict=True))):
        field_name, operator = name.removeprefix("-"), "lt" if name.startswith("-") else "gt"
        after = Q(**{f"{field_name}__{operator}": value})
        condition = after if condition is None else after | (Q(**{field_name: value}) & condition)
    return condition or Q()


def _narrowed(request: HttpRequest, queryset: QuerySet[Any], spec: ListSpec) -> QuerySet[Any]:
    words = request.GET.get("q", "").strip()
    if words and "\0" not in words:
        queryset = queryset.filter(spec.search(words))
    for choice in spec.choices:
        value = request.GET.get(choice.name, "")
        if value in {option for option, _ in choice.options}:
            queryset = queryset.filter(**{choice.lookup: value})
    return queryset.filter(_days(request, spec)) if spec.dated else queryset


def _days(request: HttpRequest, spec: ListSpec) -> Q:
    zone = ZoneInfo(request.desk.brand.default_time_zone)  # type: ignore[attr-defined]
    condition = Q()
    for name, lookup, clock in (("from", "gte", time.min), ("to", "lte", time.max)):
        try:
            day = parse_date(request.GET.get(name, ""))
        except ValueError:
            day = None
        if day is not None:
            condition &= Q(**{f"{spec.dated}__{lookup}": datetime.combine(day, clock, zone)})
    return condition


def _tab(request: HttpRequest, spec: ListSpec) -> Tab | None:
    asked = request.GET.get("status", "")
    return next((tab for tab in spec.tabs if tab.value == asked), spec.tabs[0] if spec.tabs else None)


def _counted(queryset: QuerySet[Any], tabs: Sequence[Tab]) -> list[dict[str, Any]]:
    """The tabs with how many rows each has: one query for all."""
    if not tabs:
        return []
    names = [f"tab_{number}" for number in range(len(tabs))]
    counts = queryset.order_by().aggregate(
        **{name: Count("pk", filter=tab.condition) for name, tab in zip(names, tabs, strict=True)}
    )
    return [
        {"value": tab.value, "label": tab.label, "count": counts[name]}
        for name, tab in zip(names, tabs, strict=True)
    ]


def _kept(request: HttpRequest, spec: ListSpec) -> list[tuple[str, str]]:
    """What else the address says (a month, a currency): the filter form must not lose it."""
    asked = {"q", "from", "to", "status", "cursor", "format", *(choice.name for choice in spec.choices)}
    return [(name, value) for name, value in request.GET.dict().items() if name not in asked]


def _csv_href(request: HttpRequest) -> str:
    query = request.GET.copy()
    query.pop("cursor", None)
    query["format"] = "csv"
    return f"?{query.urlencode()}"
