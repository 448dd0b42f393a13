"""The form of a timeline: its name, its plans, and a row for each step."""

from __future__ import annotations

from typing import Any

from django import forms

from apps.billing.dunning import Step
from apps.billing.dunning_selectors import steps_of
from apps.billing.enums import DunningAction, DunningMail
from apps.billing.models import DunningPolicy
from apps.billing.services.collection.save_policy import PolicyTerms
from apps.plans.models import Plan

SPARE_ROWS = 3
MOST_ROWS = 40


class PolicyForm(forms.Form):
    name = forms.CharField(max_length=80)
    is_default = forms.BooleanField(
        required=False, label="Default", help_text="Of every invoice whose plans name no policy of their own."
    )
    plans = forms.MultipleChoiceField(
        required=False, help_text="Plans that are collected by this policy, whatever the default."
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["plans"].choices = _plans()  # type: ignore[attr-defined]


class StepForm(forms.Form):
    """One step; a row without an action is left out."""

    day = forms.IntegerField(
        required=False, min_value=0, widget=forms.NumberInput(attrs={"aria-label": "Day"})
    )
    action = forms.ChoiceField(
        required=False,
        choices=[("", "–"), *DunningAction.choices],
        widget=forms.Select(attrs={"aria-label": "What happens"}),
    )
    mail = forms.ChoiceField(
        required=False,
        choices=[("", "–"), *DunningMail.choices],
        widget=forms.Select(attrs={"aria-label": "Which mail"}),
    )
    to_plan = forms.ChoiceField(required=False, widget=forms.Select(attrs={"aria-label": "To which plan"}))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["to_plan"].choices = [("", "–"), *_plans()]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("action") and cleaned.get("day") is None and "day" not in self.errors:
            self.add_error("day", "Write the day.")
        return cleaned


StepFormSet = forms.formset_factory(StepForm, extra=SPARE_ROWS, max_num=MOST_ROWS, absolute_max=MOST_ROWS)


def form_values(policy: DunningPolicy | None) -> dict[str, Any]:
    """What the form shows of a policy at first."""
    if policy is None:
        return {}
    codes = policy.plans.values_list("plan__code", flat=True)
    return {"name": policy.name, "is_default": policy.is_default, "plans": list(codes)}


def step_values(policy: DunningPolicy | None) -> list[dict[str, Any]]:
    """What the rows show at first: of a new policy, the standard timeline."""
    return [
        {"day": step.day, "action": step.action.value, "mail": step.mail, "to_plan": step.plan_code}
        for step in steps_of(policy)
    ]


def terms_of(form: PolicyForm, rows: Any) -> PolicyTerms:
    """The policy as it was written; both are valid."""
    answers = form.cleaned_data
    return PolicyTerms(
        name=answers["name"],
        is_default=answers["is_default"],
        plan_codes=answers["plans"],
        steps=[_step(row.cleaned_data) for row in rows if row.cleaned_data.get("action")],
    )


def _step(row: dict[str, Any]) -> Step:
    return Step(
        day=row["day"], action=DunningAction(row["action"]), mail=row["mail"], plan_code=row["to_plan"]
    )


def _plans() -> list[tuple[str, str]]:
    return [(plan.code, plan.name) for plan in Plan.objects.filter(archived_at=None)]
