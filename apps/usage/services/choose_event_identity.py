from __future__ import annotations

from datetime import datetime

from django.db import transaction

from apps.accounts.enums import EventIdentity
from apps.accounts.models import Brand
from apps.audit.services.record import record_event
from apps.usage.errors import EventIdentityFixed
from apps.usage.intake_selectors import fixed_identity


@transaction.atomic
def choose_event_identity(*, brand_id: int, identity: EventIdentity, at: datetime) -> None:
    """Choose by what a brand's events are told apart, in both modes; `at` is real time.

    Only before its first event: another identity later would let events count twice that were known.

    Raises:
        EventIdentityFixed: the brand has events (409).
    """
    # Intake shares this lock for the first events of a brand: they come before the choice or after it.
    brand = Brand.objects.select_for_update().get(pk=brand_id)
    if brand.event_identity == identity:
        return
    if fixed_identity(brand_id) is not None:
        raise EventIdentityFixed(
            "The brand has usage events already: what makes two events the same can only be chosen before"
            " the first one. A new brand may choose otherwise.",
            field="event_identity",
        )
    brand.event_identity = identity
    brand.save(update_fields=["event_identity"])
    record_event(
        name="brand.updated", subject=brand, at=at, livemode=None, data={"changed": ["event_identity"]}
    )
