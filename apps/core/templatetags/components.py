"""Template tags for parts of pages and mails: navigation, addresses of lists, shares, the brand's colour."""

from __future__ import annotations

from typing import Any

from django import template
from django.http import QueryDict
from django.urls import NoReverseMatch, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from apps.core.theme import accent_for

register = template.Library()


@register.simple_tag(takes_context=True)
def nav_link(context: dict[str, Any], url_name: str, label: str, exact: bool = False) -> SafeString | str:
    """`{% nav_link "portal:invoices" "Invoices" %}`: marks the page that is open, and pages below it.

    `exact` is for a home page, whose address begins every other. A page that this installation does not
    serve gives nothing.
    """
    try:
        href = reverse(url_name)
    except NoReverseMatch:
        return ""
    path = context["request"].path if "request" in context else ""
    current = path == href if exact else path == href or path.startswith(f"{href.rstrip('/')}/")
    return format_html(
        '<a href="{}"{}>{}</a>', href, format_html(' aria-current="{}"', "page") if current else "", label
    )


@register.simple_tag(takes_context=True)
def list_url(context: dict[str, Any], **changes: Any) -> str:
    """`{% list_url status="open" cursor=None %}`: this page's query with changes; None or "" removes."""
    query: QueryDict = context["request"].GET.copy()
    for name, value in changes.items():
        if value in (None, ""):
            query.pop(name, None)
        else:
            query[name] = str(value)
    return f"?{query.urlencode()}" if query else context["request"].path


@register.simple_tag
def share(part: Any, whole: Any) -> int:
    """Return part of whole in whole percent, 0 to 100, for `<progress>`; nothing allowed counts as full."""
    if not whole:
        return 100 if part else 0
    return max(0, min(100, int(part * 100 // whole)))


@register.filter
def accent_fill(colour: str) -> str:
    """`{{ brand.accent_color|accent_fill }}`: the brand's colour, or the default when it is no colour."""
    return accent_for(colour or "").fill


@register.filter
def accent_ink(colour: str) -> str:
    """`{{ brand.accent_color|accent_ink }}`: what is readable on it; for mails."""
    return accent_for(colour or "").ink
