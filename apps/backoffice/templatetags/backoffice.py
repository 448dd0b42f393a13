"""Filters for staff pages: what an event says, and how long something has waited."""

from __future__ import annotations

from datetime import timedelta

from django import template

from apps.audit.models import Event
from apps.backoffice.event_wording import href_of, text_of

register = template.Library()


@register.filter
def event_text(event: Event) -> str:
    return text_of(event)


@register.filter
def event_href(event: Event) -> str:
    return href_of(event)


@register.filter
def age(span: timedelta) -> str:
    """The largest whole unit: "40 s", "3 min", "2 h"."""
    seconds = int(span.total_seconds())
    for size, unit in ((86400, "d"), (3600, "h"), (60, "min")):
        if seconds >= size:
            return f"{seconds // size} {unit}"
    return f"{seconds} s"
