from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from django.db import transaction

from apps.taxes.models import TaxRate
from apps.taxes.services.end_rate import end_rate
from apps.taxes.services.set_rate import RateKey, set_rate
from apps.taxes.vat_rate_diff import RateChange


@transaction.atomic
def import_vat_rates(*, changes: Sequence[RateChange], valid_from: date, source: str, at: datetime) -> int:
    """Make dated rows of differences: each holds from `valid_from` (inclusive) on; says how many were made.

    What needs a person (`by_hand`) is left out. A rate that is gone ends on that day. `at` is real time.

    Raises:
        RateInvalid: the table has a rate from that day or a later one already (422).
    """
    made = 0
    for change in changes:
        if change.by_hand:
            continue
        key = RateKey(country=change.country, tax_code=change.tax_code)
        if change.after is None:
            _end(key, valid_from, at)
        else:
            set_rate(key=key, percent=change.after, valid_from=valid_from, at=at, source=source)
        made += 1
    return made


def _end(key: RateKey, day: date, at: datetime) -> None:
    open_rate: TaxRate | None = key.rows().filter(valid_to=None).first()
    if open_rate is not None:
        end_rate(rate_id=open_rate.pk, valid_to=day, at=at)
