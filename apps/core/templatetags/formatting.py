"""Template tags and filters for amounts, dates, quantities and statuses.

The locale is the active translation; the zone is the active time zone (a view of the portal activates the
customer's with `timezone.override`), unless one is given.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from django import template
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext

from apps.core import formatting

register = template.Library()

# Statuses of every app by what they mean to the reader. A status that is not listed is neutral.
TONES: dict[str, str] = {
    **dict.fromkeys(
        ("active", "paid", "succeeded", "complete", "completed", "delivered", "sent"), "positive"
    ),
    **dict.fromkeys(("published", "verified", "applied", "enabled", "accepted", "converted"), "positive"),
    **dict.fromkeys(("trialing", "open", "processing", "pending", "queued", "in_progress"), "progress"),
    **dict.fromkeys(("running", "scheduled", "advancing", "issued", "invited", "sending"), "progress"),
    **dict.fromkeys(("past_due", "overdue", "requires_action", "requires_payment_method"), "warning"),
    **dict.fromkeys(("incomplete", "expiring", "unknown", "read_only", "retrying", "waiting"), "warning"),
    **dict.fromkeys(("failed", "uncollectible", "parked", "suspended", "declined", "bounced"), "negative"),
    **dict.fromkeys(("disputed", "lost", "unpaid", "refused", "locked"), "negative"),
}
EMPTY = "–"


def _locale() -> str:
    return get_language() or formatting.FALLBACK_LOCALE


def _zone(zone: str | None) -> str:
    return zone or timezone.get_current_timezone_name()


@register.filter(name="money")
def money_text(amount_minor: int | None, currency: str) -> str:
    """`{{ invoice.total_minor|money:invoice.currency }}`: plain text, for sentences, titles and mails."""
    return (
        EMPTY if amount_minor is None else formatting.format_money(amount_minor, currency, locale=_locale())
    )


@register.simple_tag
def money(amount_minor: int | None, currency: str) -> SafeString:
    """`{% money invoice.total_minor invoice.currency %}`: never wraps, figures line up."""
    return format_html('<span class="money">{}</span>', money_text(amount_minor, currency))


@register.filter
def quantity(value: Decimal | int | str | None) -> str:
    return EMPTY if value is None else formatting.format_quantity(value, locale=_locale())


@register.filter
def percent(ratio: Decimal | int | str | None, decimals: int = 1) -> str:
    """`{{ churn|percent }}`: a ratio, 0.25 is 25 %."""
    return EMPTY if ratio is None else formatting.format_percent(ratio, locale=_locale(), decimals=decimals)


@register.filter
def tax_rate(percent: Decimal | None) -> str:
    """`{{ row.percent|tax_rate }}`: a rate in percent with every digit it has, 8.875 is 8.875 %."""
    if percent is None:
        return EMPTY
    return formatting.format_percent(Decimal(percent) / 100, locale=_locale(), decimals=6)


@register.filter
def day(value: date | datetime | None, zone: str | None = None) -> SafeString | str:
    """`{{ invoice.issued_at|day }}`: a calendar day in the active or the given zone."""
    if value is None:
        return EMPTY
    text = formatting.format_day(value, locale=_locale(), zone=_zone(zone))
    return format_html('<time datetime="{}">{}</time>', value.isoformat(), text)


@register.filter
def moment(value: datetime | None, zone: str | None = None) -> SafeString | str:
    """`{{ event.at|moment }}`: day, minute and the zone by name."""
    if value is None:
        return EMPTY
    text = formatting.format_moment(value, locale=_locale(), zone=_zone(zone))
    return format_html('<time datetime="{}">{}</time>', value.isoformat(), text)


@register.simple_tag
def period(start: datetime, end: datetime, zone: str | None = None) -> str:
    """`{% period line.period_start line.period_end %}`: a half-open period as the days a reader counts."""
    return formatting.format_period(start, end, locale=_locale(), zone=_zone(zone))


@register.filter
def word(text: str) -> str:
    """`{{ row.get_kind_display|word }}`: a label in the reader's language, where it is known."""
    return gettext(str(text)) if text else ""


@register.simple_tag
def status_badge(status: str, label: str = "", tone: str = "") -> SafeString:
    """`{% status_badge invoice.status invoice.get_status_display %}`: a word and a shape.

    `tone` is positive, progress, warning, negative or neutral; left out, the status decides.
    """
    text = word(label or str(getattr(status, "label", "")) or str(status).replace("_", " ").capitalize())
    chosen = tone or TONES.get(str(status), "neutral")
    return format_html('<span class="badge badge-{}">{}</span>', chosen, text)
