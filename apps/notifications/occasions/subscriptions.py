"""Mails about the course of a subscription: its trial, its changes, its end."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from apps.audit.models import Event
from apps.billing.services.run.preview_next_invoice import preview_next_invoice
from apps.notifications.enums import MailKind
from apps.notifications.occasions.occasion import Facts, Occasion, recipients_of
from apps.notifications.wording import page_url, wording_for
from apps.payments.selectors import has_payment_method
from apps.plans.enums import TrialEnd
from apps.plans.models import Plan
from apps.subscriptions.enums import (
    CancelReason,
    ChangeKind,
    ChangeStatus,
    CollectionMethod,
    SubscriptionStatus,
)
from apps.subscriptions.models import ScheduledChange, Subscription
from apps.subscriptions.selectors import pending_changes


def trial_ending(event: Event) -> Occasion | None:
    """Before a trial ends: what it becomes then, and what that costs."""
    subscription = _subscription(event)
    if subscription.status != SubscriptionStatus.TRIALING:
        return None
    wording = wording_for(subscription.customer)
    ends_at = datetime.fromisoformat(event.data["ends_at"])
    context: dict[str, Any] = {
        "ends_on": wording.day(ends_at),
        "ends_at": wording.moment(ends_at),
        **_after_trial(subscription),
    }
    if context["then"] == "billed":
        bill = preview_next_invoice(subscription=subscription)
        context["amount"] = wording.money(bill.total_minor, bill.currency) if bill else ""
    return _occasion(MailKind.TRIAL_ENDING, subscription, event, context)


def _after_trial(subscription: Subscription) -> dict[str, str]:
    """What happens at the trial's end as things stand now: billed, ends, or falls back to the free plan."""
    ends_at = subscription.trial_ends_at
    until = [c for c in pending_changes(subscription.pk) if ends_at is None or c.effective_at <= ends_at]
    if any(change.kind == ChangeKind.CANCEL for change in until):
        return {"then": "canceled"}
    version = subscription.plan_version
    paid = subscription.collection_method == CollectionMethod.SEND_INVOICE or has_payment_method(
        customer_id=subscription.customer_id
    )
    if paid or version.trial_end == TrialEnd.CONVERT or version.plan.is_free:
        return {"then": "billed"}
    if version.trial_end == TrialEnd.DOWNGRADE and version.trial_end_plan is not None:
        return {"then": "downgraded", "free_plan": version.trial_end_plan.name}
    return {"then": "ended"}


def trial_ended(event: Event) -> Occasion | None:
    """The paid plan has begun, or the free one where nobody left a card."""
    subscription = _subscription(event)
    plan = Plan.objects.get(code=event.data["to"])
    kind = MailKind.TRIAL_DOWNGRADED if plan.is_free else MailKind.TRIAL_CONVERTED
    wording = wording_for(subscription.customer)
    context = {"plan": plan.name, "since": wording.day(event.at)}
    return _occasion(kind, subscription, event, context)


def change_scheduled(event: Event) -> Occasion | None:
    """A cancellation was asked for: when it ends, and how to take that back."""
    change = ScheduledChange.objects.get(public_id=event.data["change"])
    if change.kind != ChangeKind.CANCEL or change.status == ChangeStatus.WITHDRAWN or change.planned:
        # What was agreed at the start, or comes with the end of another subscription, is no news.
        return None
    subscription = _subscription(event)
    wording = wording_for(subscription.customer)
    context = {
        "ends_on": wording.day(change.effective_at),
        "ends_at": wording.moment(change.effective_at),
        "in_trial": subscription.trial_ends_at == change.effective_at,
    }
    return _occasion(MailKind.CANCEL_SCHEDULED, subscription, event, context)


def subscription_canceled(event: Event) -> Occasion | None:
    """The end of a subscription; that a free plan made way for a paid one is no news to who bought it."""
    if event.data.get("reason") == CancelReason.REPLACED:
        return None
    subscription = _subscription(event)
    wording = wording_for(subscription.customer)
    context = {"ended_on": wording.day(event.at), "reason": event.data.get("reason", "")}
    return _occasion(MailKind.SUBSCRIPTION_CANCELED, subscription, event, context)


def plan_changed(event: Event) -> Occasion | None:
    """Another plan, or new terms of the same one. What a trial's end changes is told by the mail about
    that end."""
    subscription = _subscription(event)
    if subscription.trial_ends_at == event.at:
        return None
    wording = wording_for(subscription.customer)
    before, after = Plan.objects.get(code=event.data["from"]), Plan.objects.get(code=event.data["to"])
    facts: Facts = [(_("Plan"), after.name)]
    if before.pk != after.pk:
        facts.append((_("Before"), before.name))
    facts.append((_("Since"), wording.day(event.at)))
    if subscription.quantity > 1:
        facts.append((_("Quantity"), str(subscription.quantity)))
    return _occasion(
        MailKind.PLAN_CHANGED,
        subscription,
        event,
        {"facts": facts, "plan": after.name, "since": wording.day(event.at)},
    )


def _subscription(event: Event) -> Subscription:
    return Subscription.objects.select_related(
        "customer__brand", "plan_version__plan", "plan_version__trial_end_plan"
    ).get(public_id=event.subject_id)


def _occasion(kind: MailKind, subscription: Subscription, event: Event, context: dict[str, Any]) -> Occasion:
    return Occasion(
        kind=kind,
        customer=subscription.customer,
        wording=wording_for(subscription.customer),
        recipients=recipients_of(subscription.customer),
        subject_id=subscription.public_id,
        once=event.public_id,
        context={
            "plan": subscription.plan_version.plan.name,
            "subscription_url": page_url("portal:subscription"),
            "home_url": page_url("portal:home"),
            **context,
        },
    )
