from __future__ import annotations

from datetime import datetime

from django.db import transaction

from apps.audit.services.record import record_event
from apps.core.errors import FieldError
from apps.plans.enums import VERSION_NEXT, VersionStatus
from apps.plans.errors import CatalogInvalid, VersionFrozen
from apps.plans.models import Meter, PlanVersion
from apps.plans.selectors import newest_published, terms_of
from apps.plans.terms import VersionTerms
from apps.plans.validation import fallback_faults, version_faults


@transaction.atomic
def publish_version(*, version_id: int, at: datetime) -> PlanVersion:
    """Put a draft on sale and freeze it. New subscriptions take it; running ones keep the prices they pinned.

    Raises:
        VersionFrozen: it is published already (409).
        CatalogInvalid: it cannot be sold as it is; `errors` names each place (422).
    """
    # Only the version is locked: its nullable fallback plan cannot be (outer join).
    version = (
        PlanVersion.objects.select_for_update(of=("self",))
        .select_related("plan", "trial_end_plan")
        .get(pk=version_id)
    )
    if VersionStatus.PUBLISHED not in VERSION_NEXT[VersionStatus(version.status)]:
        raise VersionFrozen(f"{version} is published already.", field="version")
    faults = publication_faults(version)
    if faults:
        raise CatalogInvalid(f"{version} cannot be published yet.", errors=faults)
    version.status, version.published_at = VersionStatus.PUBLISHED, at
    version.save(update_fields=["status", "published_at"])
    record_event(
        name="plan_version.published",
        subject=version,
        at=at,
        data={"plan": version.plan.code, "number": version.number},
    )
    return version


def publication_faults(version: PlanVersion) -> list[FieldError]:
    """Why a draft cannot be published; empty when it can."""
    terms = terms_of(version)
    meters = set(Meter.objects.values_list("code", flat=True))
    faults = version_faults(terms, is_free=version.plan.is_free, meters=meters)
    return faults + _stored_fallback_faults(version, terms)


def _stored_fallback_faults(version: PlanVersion, terms: VersionTerms) -> list[FieldError]:
    fallback = version.trial_end_plan
    if fallback is None:
        return []
    published = newest_published([fallback]).get(fallback.pk)
    currencies = set() if published is None else {p.currency for p in published.prices.all()}
    return list(fallback_faults(terms, fallback_is_free=fallback.is_free, fallback_currencies=currencies))
