"""The promotion code of a request: typed into a page's form, or brought by its link."""

from __future__ import annotations

from django.http import HttpRequest

LONGEST = 60


def typed_code(request: HttpRequest) -> str:
    """What stands in `code` of the form or the link, trimmed; no code is longer than is read."""
    data = request.POST if request.method == "POST" else request.GET
    return data.get("code", "").strip()[:LONGEST]
