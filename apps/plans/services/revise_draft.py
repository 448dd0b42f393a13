from __future__ import annotations

from dataclasses import asdict
from datetime import datetime

from django.db import transaction

from apps.audit.services.record import record_event
from apps.core.errors import FieldError
from apps.plans.enums import VersionStatus
from apps.plans.errors import CatalogInvalid
from apps.plans.models import Meter, MinimumCommitment, Plan, PlanVersion, Price, UsageThreshold
from apps.plans.services.create_draft import create_draft
from apps.plans.terms import PriceTerms, VersionTerms, canonical_parameters
from apps.plans.validation import version_faults


@transaction.atomic
def revise_draft(*, plan_id: int, terms: VersionTerms, at: datetime) -> PlanVersion:
    """Make the plan's draft say exactly this; opens a draft when there is none.

    All prices of the draft are replaced, so their public ids are new: nothing pins the price of a draft.

    Raises:
        CatalogInvalid: the terms contradict themselves; `errors` names each place (422).
    """
    plan = Plan.objects.select_for_update().get(pk=plan_id)
    meters = {meter.code: meter for meter in Meter.objects.all()}
    faults = version_faults(terms, is_free=plan.is_free, meters=meters)
    fallback = _fallback_plan(terms, faults)
    if faults:
        raise CatalogInvalid(f"The terms of '{plan.code}' are not valid.", errors=faults)
    draft = plan.versions.filter(status=VersionStatus.DRAFT).first()
    if draft is None:
        draft = create_draft(plan_id=plan.pk, at=at)
    _set_terms(draft, terms, fallback)
    _set_rules(draft, terms)
    draft.prices.all().delete()
    position_of = {code: n for n, code in enumerate(dict.fromkeys(p.code for p in terms.prices))}
    for price in terms.prices:
        _create_price(draft, price, meters, position_of[price.code])
    record_event(
        name="plan_version.revised",
        subject=draft,
        at=at,
        data={"plan": plan.code, "number": draft.number},
    )
    return draft


def _fallback_plan(terms: VersionTerms, faults: list[FieldError]) -> Plan | None:
    if terms.trial_end_plan is None:
        return None
    fallback = Plan.objects.filter(code=terms.trial_end_plan).first()
    if fallback is None:
        message = f"There is no plan '{terms.trial_end_plan}'."
        faults.append(FieldError("trial_end_plan", "unknown_plan", message))
    return fallback


def _set_terms(draft: PlanVersion, terms: VersionTerms, fallback: Plan | None) -> None:
    draft.alignment = terms.alignment
    draft.trial_days = terms.trial_days
    draft.trial_requires_card = terms.trial_requires_card
    draft.trial_end = terms.trial_end
    draft.trial_end_plan = fallback
    draft.highlights = list(terms.highlights)
    draft.policies = dict(terms.policies)
    draft.save(
        update_fields=[
            "alignment",
            "trial_days",
            "trial_requires_card",
            "trial_end",
            "trial_end_plan",
            "highlights",
            "policies",
        ]
    )


def _set_rules(draft: PlanVersion, terms: VersionTerms) -> None:
    draft.commitments.all().delete()
    draft.thresholds.all().delete()
    for commitment in terms.commitments:
        MinimumCommitment.objects.create(version=draft, **asdict(commitment))
    for threshold in terms.thresholds:
        UsageThreshold.objects.create(version=draft, **asdict(threshold))


def _create_price(draft: PlanVersion, terms: PriceTerms, meters: dict[str, Meter], position: int) -> Price:
    return Price.objects.create(
        version=draft,
        code=terms.code,
        name=terms.name,
        currency=terms.currency,
        model=terms.model,
        parameters=canonical_parameters(terms.parameters),
        quantity_source=terms.quantity_source,
        meter=None if terms.meter is None else meters[terms.meter],
        interval=terms.interval,
        interval_count=terms.interval_count,
        timing=terms.timing,
        usage_proration=terms.usage_proration,
        prorated=terms.prorated,
        tax_behavior=terms.tax_behavior,
        tax_code=terms.tax_code,
        position=position,
    )
