from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar

from django import forms
from django.db import transaction
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from apps.audit.selectors import timeline_for
from apps.backoffice.access import StaffRequest, staff_page
from apps.backoffice.acts import Act
from apps.backoffice.event_wording import timeline_entries
from apps.backoffice.forms import CancelForm, ChangePlanForm
from apps.backoffice.listing import answer_list
from apps.backoffice.lists import subscription_list
from apps.backoffice.selectors import currencies_in_use, plan_choices, subscriptions_listed
from apps.backoffice.services.note_act import note_act
from apps.billing.services.cancel import cancel_at_period_end, cancel_now
from apps.billing.services.change_plan import change_plan_at_period_end
from apps.core.errors import DomainError
from apps.core.formatting import format_day, format_money
from apps.customers.selectors import now_for
from apps.invoices.models import Invoice
from apps.rating.services.running_usage import running_usage
from apps.subscriptions.enums import LIVE_STATUSES
from apps.subscriptions.models import Subscription
from apps.subscriptions.selectors import get_subscription
from apps.subscriptions.services.withdraw_change import withdraw_change

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
            "usage": running_usage(subscription=found, at=at) if live else [],
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
    permission: ClassVar = "subscriptions.change_subscription"

    def load(self, reference: str) -> Subscription:
        return get_subscription(**self.request.desk.scope, reference=reference)

    def done_url(self) -> str:
        return reverse("backoffice:subscription", args=[self.subject.public_id])

    @property
    def at(self) -> datetime:
        return now_for(self.subject.customer)

    def day(self, at: datetime) -> str:
        zone = self.subject.customer.time_zone
        return f"{format_day(at, locale='en', zone=zone)} ({zone})"


class CancelSubscription(SubscriptionAct):
    title: ClassVar = "Cancel the subscription"
    button: ClassVar = "Cancel subscription"
    tone: ClassVar = "danger"
    form_class: ClassVar = CancelForm

    def consequences(self) -> list[str]:
        ends = self.day(self.subject.current_period_ends_at)
        return [
            f"At the end of the period: it runs until {ends}, then ends; until then it can be undone.",
            f"Now: it ends at once. {self._final_bill()} What was paid in advance is not credited.",
        ]

    def _final_bill(self) -> str:
        """What ending now would bill, by doing it and taking it back."""
        try:
            with transaction.atomic():
                invoices = cancel_now(subscription_id=self.subject.pk, reason="other", comment="", at=self.at)
                transaction.set_rollback(True)
        except DomainError as error:
            return error.message
        totals = [format_money(i.total_minor, i.currency, locale="en") for i in invoices if i.total_minor]
        return f"Billed now: {', '.join(totals)}." if totals else "Nothing is billed for it."

    def perform(self, answers: dict[str, Any]) -> str:
        at, reason, comment = self.at, answers["cancel_reason"], answers["reason"]
        with transaction.atomic():
            note_act(subject=self.subject, act="cancel", reason=comment, at=at)
            if answers["when"] == "now":
                cancel_now(subscription_id=self.subject.pk, reason=reason, comment=comment, at=at)
                return "The subscription is canceled."
            change = cancel_at_period_end(subscription=self.subject, reason=reason, comment=comment, at=at)
        return f"The subscription ends on {self.day(change.effective_at)}."


class KeepSubscription(SubscriptionAct):
    title: ClassVar = "Undo what is scheduled"
    button: ClassVar = "Undo"

    def consequences(self) -> list[str]:
        change = next(iter(self.subject.pending_changes), None)
        if change is None:
            return ["Nothing is scheduled any more."]
        what = "The cancellation" if change.kind == "cancel" else "The change of plan or quantity"
        return [f"{what} of {self.day(change.effective_at)} is taken back; everything goes on as now."]

    @transaction.atomic
    def perform(self, answers: dict[str, Any]) -> str:
        note_act(subject=self.subject, act="undo_change", reason=answers["reason"], at=self.at)
        withdraw_change(subscription_id=self.subject.pk, at=self.at)
        return "It is taken back; the subscription goes on as before."


class ChangePlan(SubscriptionAct):
    title: ClassVar = "Change the plan"
    button: ClassVar = "Schedule the change"

    def form(self, data: Any = None) -> forms.Form:
        return ChangePlanForm(data, subscription=self.subject)

    def consequences(self) -> list[str]:
        ends = self.day(self.subject.current_period_ends_at)
        return [
            f"It takes effect when the running period ends: {ends}.",
            "Nothing is billed before; until then it can be undone.",
        ]

    @transaction.atomic
    def perform(self, answers: dict[str, Any]) -> str:
        note_act(subject=self.subject, act="change_plan", reason=answers["reason"], at=self.at)
        change = change_plan_at_period_end(
            subscription=self.subject, plan_code=answers["plan"], quantity=answers["quantity"], at=self.at
        )
        return f"The change takes effect on {self.day(change.effective_at)}."
