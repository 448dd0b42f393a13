from __future__ import annotations

from datetime import date

from django.db.models import Q
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_safe

from apps.backoffice.access import StaffRequest, staff_page
from apps.backoffice.csv_export import Column, major
from apps.backoffice.listing import ListSpec, Tab, answer_list
from apps.backoffice.lists import customer_words
from apps.backoffice.reports import report_currencies, report_window
from apps.backoffice.revenue_charts import (
    collected_chart,
    failures_chart,
    month_label,
    movements_chart,
    mrr_chart,
    revenue_chart,
)
from apps.backoffice.selectors import subscriptions_listed
from apps.core import clock
from apps.reporting.enums import MovementKind
from apps.reporting.selectors.mrr import movement_rows, movements_by_month, mrr_rows
from apps.reporting.selectors.payments import collected_by_month, failures_by_month
from apps.reporting.selectors.subscribers import Group, subscriber_rows
from apps.reporting.window import Window

GROUP_LABELS = {
    Group.ACTIVE: "Active",
    Group.TRIALING: "In trial",
    Group.FREE: "On a free plan",
    Group.CHURNED: "Churned this month",
}


@require_safe
@staff_page("reporting.view_mrrmovement")
def revenue(request: StaffRequest) -> HttpResponseBase:
    """The bridge of MRR month by month, and what was billed, collected and lost."""
    window = report_window(request, clock.now())
    bridge = movements_by_month(window)
    return render(
        request,
        "backoffice/revenue.html",
        {
            "currencies": report_currencies(request),
            "currency": window.currency,
            "kinds": list(MovementKind),
            "bridge": [
                (month, month_label(month.month), [(kind, month.moved(kind)) for kind in MovementKind])
                for month in reversed(bridge)
            ],
            "charts": [
                mrr_chart(window, bridge),
                movements_chart(window, bridge),
                revenue_chart(window),
                collected_chart(window, collected_by_month(window)),
                failures_chart(failures_by_month(window)),
            ],
        },
    )


@require_safe
@staff_page("reporting.view_mrrmovement")
def movements(request: StaffRequest) -> HttpResponseBase:
    """The rows behind a cell of the bridge: `?month=2026-11&status=churn`, or what MRR is made of now."""
    now = clock.now()
    window = report_window(request, now)
    if request.GET.get("rows") == "standing":
        return answer_list(request, mrr_rows(window, now), _movement_list(window, standing=True))
    month = _month(request.GET.get("month", ""), window)
    rows = movement_rows(window.within(month) if month else window)
    return answer_list(
        request, rows, _movement_list(window), month=month, month_name=month_label(month) if month else ""
    )


@require_safe
@staff_page("reporting.view_mrrmovement")
def subscribers(request: StaffRequest) -> HttpResponseBase:
    """The subscriptions behind the counts of the home page, in one currency."""
    now = clock.now()
    window = report_window(request, now)
    conditions = {
        group: Q(pk__in=subscriber_rows(window, now, group).order_by().values("pk")) for group in Group
    }
    spec = ListSpec(
        name="subscribers",
        template="backoffice/subscribers.html",
        search=customer_words("customer__"),
        placeholder="Customer, e-mail or id",
        tabs=[Tab(group.value, GROUP_LABELS[group], conditions[group]) for group in Group],
        ordering=("-started_at", "-id"),
        columns=(
            Column("id", lambda s: s.public_id),
            Column("customer", lambda s: s.customer.public_id),
            Column("customer_name", lambda s: s.customer.name),
            Column("plan", lambda s: s.plan_version.plan.code),
            Column("status"),
            Column("started_at"),
            Column("ended_at"),
        ),
    )
    rows = subscriptions_listed(**request.desk.scope).filter(currency=window.currency)
    return answer_list(request, rows, spec, currencies=report_currencies(request), currency=window.currency)


def _movement_list(window: Window, *, standing: bool = False) -> ListSpec:
    tabs = () if standing else (Tab("", "All"), *(Tab(k.value, k.label, Q(kind=k)) for k in MovementKind))
    return ListSpec(
        name="mrr" if standing else "movements",
        template="backoffice/movements.html",
        search=customer_words("customer__"),
        placeholder="Customer, e-mail or id",
        tabs=tabs,
        ordering=("-mrr_after_minor", "-id") if standing else ("-at", "-id"),
        columns=(
            Column("at"),
            Column("kind"),
            Column("customer", lambda m: m.customer.public_id),
            Column("customer_name", lambda m: m.customer.name),
            Column("subscription", lambda m: m.subscription.public_id),
            Column("plan", lambda m: m.plan.code),
            Column("currency"),
            Column("delta", lambda m: major(m.delta_minor, m.currency)),
            Column("mrr_after", lambda m: major(m.mrr_after_minor, m.currency)),
        ),
    )


def _month(text: str, window: Window) -> date | None:
    """The month of `2026-11`, where the window has it."""
    return next((month for month in window.months if f"{month:%Y-%m}" == text), None)
