"""A customer's subscription: what it consists of, what is scheduled, and what happened."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from apps.audit.selectors import timeline_for
from apps.customers.enums import MemberRole
from apps.portal.access import PortalRequest, customer_page
from apps.portal.features import PAUSE, PLAN_CHANGE, feature_is_on
from apps.portal.offers import items_shown, offer_of
from apps.portal.overview import running_of, unpaid_alerts
from apps.portal.price_texts import price_text
from apps.portal.roles import allows
from apps.portal.timeline import entries_of
from apps.subscriptions.enums import NEXT, SubscriptionStatus
from apps.subscriptions.errors import SubscriptionNotFound
from apps.subscriptions.models import Subscription
from apps.subscriptions.selectors import subscriptions_of

TIMELINE_LENGTH = 30


@require_safe
@customer_page()
def subscription(request: PortalRequest, public_id: str = "") -> HttpResponse:
    own = list(subscriptions_of(request.customer.pk))
    if not own:
        return render(request, "portal/no_subscription.html")
    shown = _named(own, public_id) if public_id else next((s for s in own if not s.ended_at), own[0])
    events = timeline_for(subject_type="subscription", subject_id=shown.public_id)[:TIMELINE_LENGTH]
    return render(
        request,
        "portal/subscription.html",
        {
            "running": running_of(shown, request.at),
            "alerts": unpaid_alerts(request.customer, request.at, allows(request.role, MemberRole.BILLING)),
            "subscription": shown,
            "offer": offer_of(shown),
            "items": [
                {"price": item.price, "quantity": item.quantity, "text": price_text(item.price)}
                for item in items_shown(shown)
            ],
            "others": [s for s in own if s.pk != shown.pk],
            "timeline": entries_of(events, zone=request.customer.time_zone),
            "may_change": feature_is_on(PLAN_CHANGE, request.customer),
            "may_pause": feature_is_on(PAUSE, request.customer) and _may_pause(shown),
        },
    )


def _named(own: list[Subscription], public_id: str) -> Subscription:
    for candidate in own:
        if candidate.public_id == public_id:
            return candidate
    raise SubscriptionNotFound(f"There is no subscription '{public_id}'.")


def _may_pause(shown: Subscription) -> bool:
    is_free = shown.plan_version.plan.is_free
    return SubscriptionStatus.PAUSED in NEXT[SubscriptionStatus(shown.status)] and not is_free
