from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from apps.accounts.models import Brand
from apps.audit.services.record import record_event
from apps.billing.dunning import Step, in_order, problems_of
from apps.billing.errors import DunningPolicyRefused
from apps.billing.models import DunningPolicy, DunningPolicyPlan, DunningStep
from apps.plans.models import Plan


@dataclass(frozen=True, slots=True)
class PolicyTerms:
    """What a policy is called, what it does, and for which plans (codes) of the brand."""

    name: str
    steps: Sequence[Step]
    is_default: bool = False
    plan_codes: Sequence[str] = ()


@transaction.atomic
def save_policy(
    *, brand_id: int, terms: PolicyTerms, at: datetime, policy: DunningPolicy | None = None
) -> DunningPolicy:
    """Write a new policy of a brand, or change one. `at` is real time.

    Invoices that are being collected go on by the new steps from their next event on; no step is taken twice.
    The default takes the place of the one before, and a plan leaves its policy before.

    Raises:
        DunningPolicyRefused: the timeline cannot be, a plan is unknown, the name is taken, or the brand would
            be left without a default (422).
    """
    Brand.objects.select_for_update(no_key=True).only("pk").get(pk=brand_id)
    plans = _checked(brand_id, terms, policy)
    if terms.is_default:
        _others(brand_id, policy).filter(is_default=True).update(is_default=False)
    saved = policy or DunningPolicy(brand_id=brand_id, created_at=at)
    saved.name, saved.is_default = terms.name, terms.is_default
    saved.save()
    saved.steps.all().delete()
    DunningStep.objects.bulk_create(_rows(saved, terms, plans))
    _bind_plans(saved, [plans[code] for code in terms.plan_codes])
    record_event(
        name="dunning_policy.updated" if policy else "dunning_policy.created",
        subject=saved,
        at=at,
        livemode=None,
        data=_told(terms),
    )
    return saved


def _checked(brand_id: int, terms: PolicyTerms, policy: DunningPolicy | None) -> dict[str, Plan]:
    """The plans that are named, by code; refuses what cannot be."""
    for problem in problems_of(terms.steps):
        raise DunningPolicyRefused(problem, field="steps")
    codes = {*terms.plan_codes, *(step.plan_code for step in terms.steps if step.plan_code)}
    plans = {plan.code: plan for plan in Plan.objects.filter(code__in=codes)}
    for code in sorted(codes - set(plans)):
        raise DunningPolicyRefused(f"There is no plan '{code}'.", field="plans")
    if _others(brand_id, policy).filter(name=terms.name).exists():
        raise DunningPolicyRefused("Another policy has this name.", field="name")
    if policy is not None and policy.is_default and not terms.is_default:
        raise DunningPolicyRefused("Make another policy the default in its place.", field="is_default")
    return plans


def _others(brand_id: int, policy: DunningPolicy | None) -> QuerySet[DunningPolicy]:
    own = DunningPolicy.objects.filter(brand_id=brand_id)
    return own.exclude(pk=policy.pk) if policy else own


def _rows(policy: DunningPolicy, terms: PolicyTerms, plans: dict[str, Plan]) -> list[DunningStep]:
    return [
        DunningStep(
            policy=policy,
            day=step.day,
            action=step.action,
            mail=step.mail,
            to_plan=plans[step.plan_code] if step.plan_code else None,
        )
        for step in in_order(terms.steps)
    ]


def _bind_plans(policy: DunningPolicy, plans: Sequence[Plan]) -> None:
    policy.plans.all().delete()
    for plan in plans:
        DunningPolicyPlan.objects.update_or_create(
            brand_id=policy.brand_id, plan=plan, defaults={"policy": policy}
        )


def _told(terms: PolicyTerms) -> dict[str, Any]:
    return {
        "name": terms.name,
        "is_default": terms.is_default,
        "plans": sorted(terms.plan_codes),
        "steps": [f"day {step.day}: {step.words}" for step in in_order(terms.steps)],
    }
