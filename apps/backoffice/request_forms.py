"""What staff ask of a subscription. Days are those of the customer's zone and begin at its midnight."""

from __future__ import annotations

from abc import abstractmethod
from datetime import UTC, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from django import forms

from apps.backoffice.forms import SET_BY_THE_SYSTEM, ReasonForm
from apps.billing.enums import CancelTiming
from apps.billing.services.subscriptions.carry_out import (
    CancelRequest,
    PauseRequest,
    Request,
    ResumeRequest,
    UndoRequest,
)
from apps.billing.services.subscriptions.change_plan import ChangeRequest
from apps.core.formatting import format_day
from apps.plans.enums import VersionStatus
from apps.plans.models import PlanVersion
from apps.plans.policies import Timing
from apps.subscriptions.enums import CancelReason, UnusedPart
from apps.subscriptions.models import ScheduledChange, Subscription

NOW, PERIOD_END, ON_A_DAY = "now", "period_end", "day"
LABELS = {NOW: "Now", PERIOD_END: "At the end of the running period", ON_A_DAY: "On a day to come"}


class RequestForm(ReasonForm):
    """A reason, a time where one may be chosen, and the preview's token once the effect was shown."""

    timings: tuple[str, ...] = ()
    preview_token = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, subscription: Subscription, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.subscription = subscription
        if self.timings:
            self.fields["when"] = forms.ChoiceField(
                choices=[(timing, LABELS[timing]) for timing in self.timings],
                widget=forms.RadioSelect,
                initial=self.timings[0],
            )
            self.fields["day"] = _day_field("Day", f"From midnight in {subscription.customer.time_zone}.")
        own = [name for name in self.fields if name not in ("when", "day", "reason", "preview_token")]
        self.order_fields([*own, "when", "day", "reason", "preview_token"])

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("when") == ON_A_DAY and not cleaned.get("day"):
            self.add_error("day", "Which day?")
        return cleaned

    @abstractmethod
    def request_of(self) -> Request:
        """What the form asks for; every kind of request says it."""

    def instant(self, name: str = "day") -> datetime | None:
        """The start of a chosen day, in UTC; None where none is."""
        if name == "day" and self.cleaned_data.get("when") != ON_A_DAY:
            return None
        day = self.cleaned_data.get(name)
        zone = ZoneInfo(self.subscription.customer.time_zone)
        return datetime.combine(day, time(), zone).astimezone(UTC) if day else None


def _day_field(label: str, help_text: str) -> forms.DateField:
    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    return forms.DateField(required=False, label=label, help_text=help_text, widget=widget)


def _unused_field() -> forms.ChoiceField:
    return forms.ChoiceField(
        required=False,
        label="The unused paid part",
        choices=[("", "By the plan's policy"), *UnusedPart.choices],
    )


class ChangePlanForm(RequestForm):
    timings = (PERIOD_END, NOW, ON_A_DAY)
    plan = forms.ChoiceField()
    quantity = forms.IntegerField(min_value=1, required=False, help_text="Seats, where the plan has them.")
    prorates = forms.BooleanField(
        required=False, initial=True, label="Credit and charge the running period by its share"
    )
    restarts_period = forms.BooleanField(required=False, label="Begin a new full period at the change")
    unused_part = _unused_field()

    def __init__(self, *args: Any, subscription: Subscription, **kwargs: Any) -> None:
        super().__init__(*args, subscription=subscription, **kwargs)
        sold = PlanVersion.objects.filter(
            status=VersionStatus.PUBLISHED, plan__archived_at=None, prices__currency=subscription.currency
        )
        plans = sold.order_by("plan__position", "plan_id").values_list("plan__code", "plan__name")
        own = subscription.plan_version.plan
        choices = list(dict.fromkeys([*plans, (own.code, own.name)]))
        self.fields["plan"].choices = choices  # type: ignore[attr-defined]
        self.fields["plan"].initial = own.code
        self.fields["quantity"].initial = subscription.quantity

    def request_of(self) -> ChangeRequest:
        answers = self.cleaned_data
        return ChangeRequest(
            plan_code=answers["plan"],
            quantity=answers["quantity"],
            timing=Timing.NOW if answers["when"] == NOW else Timing.PERIOD_END,
            effective_at=self.instant(),
            prorates=answers["prorates"],
            restarts_period=answers["restarts_period"],
            unused_part=answers["unused_part"],
        )


class CancelForm(RequestForm):
    timings = (PERIOD_END, NOW, ON_A_DAY)
    cancel_reason = forms.ChoiceField(
        label="Why the customer leaves",
        choices=[(r.value, r.label) for r in CancelReason if r not in SET_BY_THE_SYSTEM],
    )
    unused_part = _unused_field()

    def request_of(self) -> CancelRequest:
        answers = self.cleaned_data
        return CancelRequest(
            timing=CancelTiming.NOW if answers["when"] == NOW else CancelTiming.PERIOD_END,
            effective_at=self.instant(),
            unused_part=answers["unused_part"],
            reason=answers["cancel_reason"],
            comment=answers["reason"],
        )


class PauseForm(RequestForm):
    timings = (NOW, ON_A_DAY)
    resume_on = _day_field("Goes on by itself on", "Empty: until somebody lets it go on.")
    unused_part = _unused_field()

    def request_of(self) -> PauseRequest:
        return PauseRequest(self.instant(), self.instant("resume_on"), self.cleaned_data["unused_part"])


class ResumeForm(RequestForm):
    timings = (NOW, ON_A_DAY)

    def request_of(self) -> ResumeRequest:
        return ResumeRequest(self.instant())


class UndoForm(RequestForm):
    """Which of the scheduled changes is taken back."""

    change = forms.ChoiceField(label="What is taken back", widget=forms.RadioSelect)

    def __init__(self, *args: Any, subscription: Subscription, **kwargs: Any) -> None:
        super().__init__(*args, subscription=subscription, **kwargs)
        pending: list[ScheduledChange] = subscription.pending_changes  # type: ignore[attr-defined]
        choices = [(change.public_id, self._label(change)) for change in pending]
        self.fields["change"].choices = choices  # type: ignore[attr-defined]
        self.fields["change"].initial = choices[0][0] if choices else None

    def request_of(self) -> UndoRequest:
        return UndoRequest(self.cleaned_data["change"])

    def _label(self, change: ScheduledChange) -> str:
        day = format_day(change.effective_at, locale="en", zone=self.subscription.customer.time_zone)
        to = f" to {change.plan_version.plan.name}" if change.plan_version else ""
        return f"{change.get_kind_display()}{to} on {day}"
