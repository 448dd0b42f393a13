from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from apps.audit.selectors import timeline_for
from apps.backoffice.access import StaffRequest, staff_page
from apps.backoffice.acts import Act
from apps.backoffice.event_wording import timeline_entries
from apps.backoffice.listing import answer_list
from apps.backoffice.lists import subscription_list
from apps.backoffice.selectors import currencies_in_use, plan_choices, subscriptions_listed
from apps.core.formatting import format_day
from apps.customers.selectors import now_for
from apps.invoices.models import Invoice
from apps.rating.services.running_usage import usage_to_show
from apps.subscriptions.enums import LIVE_STATUSES, NEXT, SubscriptionStatus
from apps.subscriptions.models import Subscription
from apps.subscriptions.selectors import get_subscription

SHOWN_PERIODS = 24
SHOWN_EVENTS = 50


@require_safe
@staff_page("subscriptions.view_subscription")
def subscriptions(request: StaffRequest) -> HttpResponseBase:
    own = request.desk.scope
    spec = subscription_list(plan_choices(), currencies_in_use(**own))
    return answer_list(request, subscriptions_listed(**own), spec)


@require_safe
@staff_page("subscriptions.view_subscription")
def subscription(request: StaffRequest, reference: str) -> HttpResponseBase:
    """One contract: what is billed, its periods, what is scheduled, and what happened."""
    found = get_subscription(**request.desk.scope, reference=reference)
    at, clock = now_for(found.customer), found.customer.test_clock
    live = found.status in LIVE_STATUSES
    events = timeline_for(subject_type="subscription", subject_id=found.public_id)[:SHOWN_EVENTS]
    invoices = Invoice.objects.filter(lines__subscription=found).distinct().order_by("-created_at", "-id")
    return render(
        request,
        "backoffice/subscription.html",
        {
            "subscription": found,
            "is_live": live,
            "may_pause": SubscriptionStatus.PAUSED in NEXT[SubscriptionStatus(found.status)],
            "usage": usage_to_show(subscription=found, at=at) if live else [],
            "items": list(found.items.select_related("price__meter", "phase").order_by("-starts_at", "id")),
            "periods": list(found.periods.select_related("phase").order_by("-starts_at")[:SHOWN_PERIODS]),
            "phases": list(found.phases.select_related("plan_version__plan").order_by("-starts_at")),
            "changes": list(found.changes.select_related("plan_version__plan")),
            "invoices": list(invoices[:SHOWN_PERIODS]),
            "events": timeline_entries(events),
            "clock_now": clock.now_at if clock else None,
            "clock_name": clock.name if clock else "",
        },
    )


class SubscriptionAct(Act):
    """An act on one subscription, in the customer's time."""

    permission: ClassVar = "subscriptions.change_subscription"

    def load(self, reference: str) -> Subscription:
        return get_subscription(**self.request.desk.scope, reference=reference)

    def done_url(self) -> str:
        return reverse("backoffice:subscription", args=[self.subject.public_id])

    def day(self, at: datetime) -> str:
        zone = self.subject.customer.time_zone
        return f"{format_day(at, locale='en', zone=zone)} ({zone})"
