from __future__ import annotations

from datetime import date, datetime

from django.db import transaction

from apps.audit.services.record import record_event
from apps.taxes.enums import RateLevel
from apps.taxes.errors import RateInvalid
from apps.taxes.models import TaxRate
from apps.taxes.services.set_rate import RateKey


@transaction.atomic
def end_rate(*, rate_id: int, valid_to: date | None, at: datetime) -> TaxRate:
    """Say from which day on a rate no longer holds; None lets it go on. `at` is real time.

    Raises:
        RateInvalid: the end is not after the beginning, or another rate holds from before it (422).
    """
    rate = TaxRate.objects.select_for_update().get(pk=rate_id)
    if rate.valid_to == valid_to:
        return rate
    if valid_to is not None and valid_to <= rate.valid_from:
        raise RateInvalid("It ends before it begins.", field="valid_to")
    key = RateKey(
        country=rate.country,
        tax_code=rate.tax_code,
        region=rate.region,
        level=RateLevel(rate.level),
        postal_prefix=rate.postal_prefix,
        city=rate.city,
        name=rate.name,
    )
    later = key.rows().filter(valid_from__gt=rate.valid_from).order_by("valid_from")
    follower = later.first()
    if follower is not None and (valid_to is None or valid_to > follower.valid_from):
        raise RateInvalid(f"Another rate holds from {follower.valid_from} on.", field="valid_to")
    rate.valid_to = valid_to
    rate.save(update_fields=["valid_to"])
    data = {
        "jurisdiction": rate.jurisdiction,
        "tax_code": rate.tax_code,
        "valid_to": valid_to.isoformat() if valid_to else None,
    }
    record_event(name="tax_rate.ended", subject=rate, at=at, data=data)
    return rate
