from __future__ import annotations

from datetime import datetime

from django.db import transaction

from apps.audit.services.record import record_event
from apps.customers.models import Customer
from apps.customers.territories import country_codes
from apps.taxes.enums import EvidenceKind
from apps.taxes.models import LocationEvidence


@transaction.atomic
def record_location(*, customer: Customer, kind: EvidenceKind, country: str, at: datetime) -> None:
    """Note in which country something placed a customer at `at` (UTC); what is no country is not noted.

    The same again moves only when it was seen last. What contradicts the billing address is told to staff by
    the event `location.contradicted`, once for each kind and country.
    """
    code = country.strip().upper()
    if code not in country_codes():
        return
    evidence, is_new = LocationEvidence.objects.get_or_create(
        customer=customer, kind=kind, country=code, defaults={"first_seen_at": at, "seen_at": at}
    )
    if not is_new and evidence.seen_at < at:
        evidence.seen_at = at
        evidence.save(update_fields=["seen_at"])
    if is_new and customer.country and code != customer.country:
        record_event(
            name="location.contradicted",
            subject=customer,
            at=at,
            data={"kind": str(kind), "country": code, "billing_country": customer.country},
        )
