from __future__ import annotations

from datetime import datetime

from django.db import transaction

from apps.audit.services.record import record_event
from apps.billing.services.subscriptions.subscribe import Purchase, Subscribed
from apps.portal.enums import SessionStatus
from apps.portal.errors import LinkInvalid
from apps.portal.models import CheckoutSession
from apps.portal.services.buy import buy_plan
from apps.portal.services.record_purchase import GivenConsent


@transaction.atomic
def complete_checkout(
    *, session_id: int, consent: GivenConsent | None, at: datetime, now: datetime, code: str = ""
) -> Subscribed:
    """Buy what a hosted checkout offers, once. `at` is the customer's time, `now` real time.

    `code` is a promotion code that was typed.

    Raises:
        LinkInvalid: it is complete or has expired (410).
        AlreadySubscribed, CardRequired, PlanNotFound, PriceUnavailable, CouponRefused: as `buy_plan`.
    """
    session = (
        CheckoutSession.objects.select_for_update(of=("self",))
        .select_related("customer__brand", "customer__test_clock", "plan_version__plan")
        .get(pk=session_id)
    )
    if session.status != SessionStatus.OPEN or session.expires_at <= now:
        raise LinkInvalid("This checkout was completed already, or its time is over.")
    purchase = Purchase(
        plan_code=session.plan_version.plan.code,
        currency=session.currency,
        quantity=session.quantity,
        metadata=session.metadata,
        promotion_code=code,
    )
    subscribed = buy_plan(customer=session.customer, purchase=purchase, consent=consent, at=at)
    session.status, session.completed_at = SessionStatus.COMPLETE, now
    session.subscription = subscribed.subscription
    session.save(update_fields=["status", "completed_at", "subscription"])
    record_event(
        name="checkout.completed",
        subject=session,
        at=at,
        data={"subscription": subscribed.subscription.public_id},
    )
    return subscribed
