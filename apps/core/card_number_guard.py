"""Keeps card numbers out: a form or a request that holds one is refused whole, before anything reads it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from http import HTTPStatus
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from rest_framework.exceptions import ValidationError
from rest_framework.parsers import JSONParser

from apps.core.card_numbers import holds_card_number

FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")


class RefuseCardNumbers:
    """Answers a posted form that holds a card number with a page that names the field; nothing is saved.

    Card numbers belong into the gateway's own field, which posts to the gateway. JSON is the parser's.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        field = _field_with_card(request)
        if field is None:
            return self._get_response(request)
        status = HTTPStatus.UNPROCESSABLE_ENTITY
        return render(request, "card_number.html", {"field": field, "back": request.path}, status=status)


class CardRefusingParser(JSONParser):
    """JSON for the API without card numbers. Usage events are parsed without it: their ids are machines'."""

    def parse(self, stream: Any, media_type: Any = None, parser_context: Any = None) -> Any:
        """The parsed body.

        Raises:
            ValidationError: a text in it holds a card number (422).
        """
        data = super().parse(stream, media_type=media_type, parser_context=parser_context)
        refusal = _("This looks like a card number, which must not be kept.")
        found = {place: [refusal] for place in _places(data)}
        if found:
            raise ValidationError(found, code="card_number")
        return data


def _field_with_card(request: HttpRequest) -> str | None:
    if request.method != "POST" or request.content_type not in FORMS:
        return None
    for name, values in request.POST.lists():
        if any(isinstance(value, str) and holds_card_number(value) for value in values):
            return name.replace("_", " ")
    return None


def _places(data: Any, place: str = "") -> Iterator[str]:
    """Where in a JSON body card numbers stand, as `lines.0.description`; ids that name rows are left out."""
    if isinstance(data, str) and holds_card_number(data):
        yield place or "body"
    elif isinstance(data, Mapping):
        for name, value in data.items():
            if not str(name).endswith("id"):
                yield from _places(value, f"{place}.{name}" if place else str(name))
    elif isinstance(data, list):
        for number, value in enumerate(data):
            yield from _places(value, f"{place}.{number}" if place else str(number))
