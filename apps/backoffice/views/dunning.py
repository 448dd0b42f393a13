"""What is being collected, what it has brought, and the timelines that it goes by."""

from __future__ import annotations

from datetime import timedelta

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from apps.backoffice.access import StaffRequest, may, staff_page
from apps.backoffice.dunning_forms import PolicyForm, StepFormSet, form_values, step_values, terms_of
from apps.backoffice.listing import answer_list
from apps.backoffice.lists.dunning import case_list
from apps.backoffice.selectors import currencies_in_use
from apps.billing.dunning import STANDARD_STEPS
from apps.billing.dunning_selectors import (
    cases_listed,
    get_policy,
    policies_of,
    recovered_by_step,
    recovery_totals,
    steps_of,
)
from apps.billing.errors import DunningPolicyRefused
from apps.billing.models import DunningPolicy
from apps.billing.services.collection.save_policy import save_policy
from apps.core import clock

MEASURED = timedelta(days=90)


@require_safe
@staff_page("billing.view_collectioncase")
def dunning(request: StaffRequest) -> HttpResponseBase:
    """Every invoice whose charge has failed: where it stands, what comes next, what steps have brought."""
    own = request.desk.scope
    since = clock.now() - MEASURED
    return answer_list(
        request,
        cases_listed(**own),
        case_list(currencies_in_use(**own)),
        totals=recovery_totals(**own, since=since),
        recovered=recovered_by_step(**own, since=since),
        measured_days=MEASURED.days,
    )


@require_safe
@staff_page("billing.view_dunningpolicy")
def dunning_policies(request: StaffRequest) -> HttpResponseBase:
    policies = [(policy, steps_of(policy)) for policy in policies_of(request.desk.brand.pk)]
    context = {
        "policies": policies,
        "has_default": any(policy.is_default for policy, _ in policies),
        "standard": STANDARD_STEPS,
    }
    return render(request, "backoffice/dunning_policies.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page("billing.add_dunningpolicy")
def new_dunning_policy(request: StaffRequest) -> HttpResponseBase:
    return _edit(request, None)


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page("billing.view_dunningpolicy")
def dunning_policy(request: StaffRequest, reference: str) -> HttpResponseBase:
    """One timeline, day by day, for both kinds of declines; who may, changes it."""
    policy = get_policy(brand_id=request.desk.brand.pk, reference=reference)
    if request.method == "POST" and not may(request, "billing.change_dunningpolicy"):
        raise PermissionDenied("This needs the permission billing.change_dunningpolicy.")
    return _edit(request, policy)


def _edit(request: StaffRequest, policy: DunningPolicy | None) -> HttpResponseBase:
    if request.method != "POST":
        form, rows = PolicyForm(initial=form_values(policy)), StepFormSet(initial=step_values(policy))
        return _page(request, policy, form, rows)
    form, rows = PolicyForm(request.POST), StepFormSet(request.POST)
    if form.is_valid() and rows.is_valid():
        try:
            saved = save_policy(
                brand_id=request.desk.brand.pk, terms=terms_of(form, rows), at=clock.now(), policy=policy
            )
        except DunningPolicyRefused as error:
            form.add_error(None, error.message)
        else:
            messages.success(request, f"{saved.name} is saved.")
            return redirect("backoffice:dunning_policy", saved.public_id)
    kept = get_policy(brand_id=request.desk.brand.pk, reference=policy.public_id) if policy else None
    return _page(request, kept, form, rows, status=422)


def _page(
    request: StaffRequest, policy: DunningPolicy | None, form: PolicyForm, rows: object, status: int = 200
) -> HttpResponseBase:
    context = {
        "policy": policy,
        "steps": steps_of(policy) if policy else (),
        "form": form,
        "rows": rows,
        "may_change": may(request, "billing.change_dunningpolicy"),
    }
    return render(request, "backoffice/dunning_policy.html", context, status=status)
