from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import date, datetime
from decimal import Decimal

from django.db import transaction
from django.db.models import QuerySet

from apps.audit.services.record import record_event
from apps.customers.territories import country_codes
from apps.taxes.enums import RateKind, RateLevel
from apps.taxes.errors import RateInvalid
from apps.taxes.models import TaxRate
from apps.taxes.regions import has_regions, region_code


@dataclass(frozen=True, slots=True)
class RateKey:
    """What a rate is of: the rows of one key follow each other in time."""

    country: str
    tax_code: str = "standard"
    region: str = ""
    level: RateLevel = RateLevel.COUNTRY
    postal_prefix: str = ""
    city: str = ""
    name: str = "VAT"

    def rows(self) -> QuerySet[TaxRate]:
        own = {f.name: getattr(self, f.name) for f in fields(self)}
        if self.level != RateLevel.DISTRICT:
            # Only districts lie beside each other; elsewhere another name is no other tax.
            del own["name"]
        return TaxRate.objects.filter(**own)


@transaction.atomic
def set_rate(
    *,
    key: RateKey,
    percent: Decimal,
    valid_from: date,
    at: datetime,
    kind: RateKind = RateKind.VAT,
    source: str = "",
) -> TaxRate:
    """Let a rate hold from a day (inclusive) on; the one that holds until then ends on that day.

    The same percentage as already holds on that day changes nothing. `at` is real time.

    Raises:
        RateInvalid: not from 0 to 100 percent, an unknown country or state, or a rate of that day or later is
            there already (422).
    """
    _refuse_unfit(key, percent)
    # Somebody else's first row of the same key is refused by the database: there is nothing to lock yet.
    known = list(key.rows().select_for_update().order_by("valid_from"))
    last = known[-1] if known else None
    if last is not None and last.valid_from >= valid_from:
        if (last.valid_from, last.percent) == (valid_from, percent):
            return last
        raise RateInvalid(f"There is a rate from {last.valid_from} on already.", field="valid_from")
    if last is not None and last.percent == percent and last.valid_to is None:
        return last
    if last is not None and (last.valid_to is None or last.valid_to > valid_from):
        last.valid_to = valid_from
        last.save(update_fields=["valid_to"])
    made = TaxRate.objects.create(
        **{f.name: getattr(key, f.name) for f in fields(key)},
        percent=percent,
        valid_from=valid_from,
        kind=kind,
        source=source,
        created_at=at,
    )
    _record(made, last, at)
    return made


def _refuse_unfit(key: RateKey, percent: Decimal) -> None:
    if not 0 <= percent <= 100:
        raise RateInvalid("A rate is from 0 to 100 percent.", field="percent")
    if key.country not in country_codes():
        raise RateInvalid("This is not an ISO 3166-1 country code.", field="country")
    if has_regions(key.country) and key.region and region_code(key.country, key.region) != key.region:
        raise RateInvalid("Write the state as its code, such as KA or CA.", field="region")


def _record(made: TaxRate, last: TaxRate | None, at: datetime) -> None:
    data = {
        "jurisdiction": made.jurisdiction,
        "tax_code": made.tax_code,
        "percent": str(made.percent),
        "valid_from": made.valid_from.isoformat(),
        "before": f"{last.percent.normalize():f}" if last is not None else None,
    }
    record_event(name="tax_rate.set", subject=made, at=at, data=data)
