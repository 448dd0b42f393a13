from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from apps.audit.services.record import record_event
from apps.promos.enums import EndReason
from apps.promos.errors import CouponUseRefused
from apps.promos.models import CouponUse, Redemption
from apps.promos.open_discounts import left_minor
from apps.promos.terms import CouponTerms


@dataclass(frozen=True, slots=True)
class CouponUseInput:
    """What an invoice takes of a redemption, in minor units; nothing taken (0) is no use."""

    redemption_id: int
    amount_minor: int


@transaction.atomic
def record_uses(
    *, uses: Sequence[CouponUseInput], reference: tuple[str, str], currency: str, at: datetime
) -> None:
    """Record what an invoice took of redemptions, once for each: in the transaction that finalises it.

    `reference` is (type, public id) of the invoice. A count of invoices goes down by one; of a fixed amount
    that is given once the rest stays for later invoices of this currency. What is then used up has ended.

    Raises:
        CouponUseRefused: it ended meanwhile, or holds less (409).
    """
    taken = {use.redemption_id: use.amount_minor for use in uses if use.amount_minor}
    if not taken:
        return
    known = _known(taken, reference)
    locked = Redemption.objects.select_for_update(of=("self",), no_key=True).select_related("coupon")
    for row in locked.filter(pk__in=taken).order_by("pk"):
        if row.pk not in known:
            _take(row, taken[row.pk], currency, at)
            _record(row, taken[row.pk], reference, currency, at)


def _known(taken: dict[int, int], reference: tuple[str, str]) -> set[int]:
    type_, id_ = reference
    made = CouponUse.objects.filter(redemption__in=taken, reference_type=type_, reference_id=id_)
    return set(made.values_list("redemption_id", flat=True))


def _take(row: Redemption, amount_minor: int, currency: str, at: datetime) -> None:
    terms = CouponTerms.from_json(row.terms)
    left = left_minor(row, terms, currency)
    if row.ended_at is not None or amount_minor < 0 or (left is not None and amount_minor > left):
        raise CouponUseRefused(f"'{row.coupon.name}' is used up or has ended.")
    if terms.spills and left is not None:
        row.left_minor, row.left_currency = left - amount_minor, currency
    if row.uses_left is not None:
        row.uses_left -= 1
    if row.uses_left == 0 or row.left_minor == 0:
        row.ended_at, row.end_reason = at, EndReason.USED_UP
    row.save(update_fields=["left_minor", "left_currency", "uses_left", "ended_at", "end_reason"])


def _record(
    row: Redemption, amount_minor: int, reference: tuple[str, str], currency: str, at: datetime
) -> None:
    CouponUse.objects.create(
        redemption=row,
        reference_type=reference[0],
        reference_id=reference[1],
        currency=currency,
        amount_minor=amount_minor,
        at=at,
    )
    data = {
        "name": row.coupon.name,
        "reference": reference[1],
        "amount_minor": amount_minor,
        "currency": currency,
        "used_up": row.ended_at is not None,
    }
    record_event(name="coupon.used", subject=row, at=at, data=data)
