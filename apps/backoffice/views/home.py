from __future__ import annotations

from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from apps.audit.models import Event
from apps.backoffice.access import StaffRequest, staff_page
from apps.backoffice.event_wording import timeline_entries
from apps.backoffice.reports import report_currencies, report_window
from apps.backoffice.revenue_charts import movements_chart, mrr_chart, revenue_chart
from apps.backoffice.selectors import needs_a_person, open_totals
from apps.core import clock
from apps.core.formatting import format_money
from apps.reporting.selectors.mrr import MrrMonth, movements_by_month
from apps.reporting.selectors.payments import failed_payments
from apps.reporting.selectors.subscribers import subscriber_counts
from apps.reporting.window import Window

SHOWN_EVENTS = 8
NOTHING_OPEN = (0, 0, 0)


@require_safe
@staff_page("reporting.view_mrrmovement")
def home(request: StaffRequest) -> HttpResponseBase:
    """What the brand earns, what moves, and what needs a person today."""
    at, own = clock.now(), request.desk.scope
    window = report_window(request, at)
    bridge = movements_by_month(window)
    events = Event.objects.filter(**own).order_by("-id")[:SHOWN_EVENTS]
    return render(
        request,
        "backoffice/home.html",
        {
            "currencies": report_currencies(request),
            "currency": window.currency,
            "at": at,
            "tiles": [*_recurring_tiles(window, bridge[-1], at), *_money_tiles(request, window, at)],
            "needs": needs_a_person(**own, at=at),
            "charts": [
                mrr_chart(window, bridge),
                movements_chart(window, bridge),
                revenue_chart(window),
            ],
            "events": timeline_entries(events),
        },
    )


def _recurring_tiles(window: Window, month: MrrMonth, at: datetime) -> list[dict[str, Any]]:
    """MRR and how many subscribe; each leads to the rows behind it."""
    counts, net = subscriber_counts(window, at), month.net_minor
    mrr = {
        "label": "MRR",
        "value": _money(month.closing_minor, window),
        "note": "this month" if net else "unchanged this month",
        "delta": _money(net, window) if net else "",
        "direction": "up" if net > 0 else "down",
        "good": net > 0,
        "href": _rows("movements", window, rows="standing"),
    }
    groups = [
        ("Active", counts.active, "paid subscriptions", "active"),
        ("In trial", counts.trialing, "subscriptions", "trialing"),
        ("Churned", counts.churned, "this month", "churned"),
    ]
    return [
        mrr,
        *(
            {
                "label": label,
                "value": number,
                "note": note,
                "href": _rows("subscribers", window, status=group),
            }
            for label, number, note, group in groups
        ),
    ]


def _money_tiles(request: StaffRequest, window: Window, at: datetime) -> list[dict[str, Any]]:
    """What is owed and what failed; each leads to the rows behind it."""
    totals = open_totals(**request.desk.scope, at=at)
    open_minor, overdue_minor, number = totals.get(window.currency, NOTHING_OPEN)
    this_month = window.within(window.month_of(at))
    failed = failed_payments(this_month).count()
    starts_on = this_month.starts_at.astimezone(window.tz).date().isoformat()
    return [
        {
            "label": "Open",
            "value": _money(open_minor, window),
            "note": f"{number} invoice{'s' if number != 1 else ''}",
            "href": _rows("invoices", window, status="open"),
        },
        {
            "label": "Overdue",
            "value": _money(overdue_minor, window),
            "note": "of what is open",
            "href": _rows("invoices", window, status="overdue"),
        },
        {
            "label": "Failed payments",
            "value": failed,
            "note": "attempts this month",
            "href": _rows("payments", window, status="failed", **{"from": starts_on}),
        },
    ]


def _money(amount_minor: int, window: Window) -> str:
    return format_money(amount_minor, window.currency, locale="en")


def _rows(page: str, window: Window, **query: str) -> str:
    return f"{reverse(f'backoffice:{page}')}?{urlencode({**query, 'currency': window.currency})}"
