"""Filters for staff pages: what an event says, and how long something has waited."""

from __future__ import annotations

from datetime import timedelta

from django import template
from django.urls import reverse

from apps.audit.models import Event
from apps.backoffice.coupon_words import off_text
from apps.backoffice.event_wording import PAGES, href_of, text_of
from apps.ledger.models import Transaction
from apps.promos.models import Coupon
from apps.promos.selectors import terms_of
from apps.taxes.enums import Category

register = template.Library()


@register.filter
def event_text(event: Event) -> str:
    return text_of(event)


@register.filter
def event_href(event: Event) -> str:
    return href_of(event)


@register.filter
def cause_href(booked: Transaction) -> str:
    """The page of the document that a ledger transaction books; empty where there is none."""
    page = PAGES.get(booked.reference_type)
    return reverse(page, args=[booked.reference_id]) if page else ""


@register.filter
def tax_category(code: str) -> str:
    """What a code of UNCL5305 means: "Reverse charge"; the code itself where it is none of ours."""
    return Category(code).label if code in Category.values else code


@register.filter
def coupon_off(coupon: Coupon) -> str:
    """What a coupon takes off: "25 % off 3 invoices"."""
    return off_text(terms_of(coupon))


@register.filter
def words(code: str) -> str:
    """A code in words: "credit_note_void" is "credit note void"."""
    return code.replace("_", " ")


@register.filter
def age(span: timedelta) -> str:
    """The largest whole unit: "40 s", "3 min", "2 h"."""
    seconds = int(span.total_seconds())
    for size, unit in ((86400, "d"), (3600, "h"), (60, "min")):
        if seconds >= size:
            return f"{seconds // size} {unit}"
    return f"{seconds} s"
