from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction

from apps.ledger.services.post import Leg, post_transaction
from apps.payments.enums import BankLineStatus, PayoutStatus
from apps.payments.models import BankStatementLine, GatewayPayout
from apps.payments.payout_selectors import parts_of_payout

# Between the day that a gateway names and the day on which a bank books.
ARRIVAL_SLACK = timedelta(days=5)


@transaction.atomic
def match_payout_line(*, line_id: int, at: datetime) -> bool:
    """See whether a line of a bank statement is a gateway's payout, and book it; whether it is.

    It is when exactly one booked payout, all of this brand and mode, has this amount and currency and should
    have arrived within five days. Books `bank` against `bank_in_transit`. `at` is real time.
    """
    line = BankStatementLine.objects.select_for_update().get(pk=line_id)
    if line.status != BankLineStatus.UNMATCHED:
        return False
    candidates = [payout for payout in _arriving(line) if _is_of(payout, line)]
    if len(candidates) != 1:
        return False
    (payout,) = candidates
    post_transaction(
        key=f"bank_line:{line.public_id}",
        brand_id=line.brand_id,
        livemode=line.livemode,
        at=at,
        kind="payout_arrived",
        reference=("gateway_payout", payout.public_id),
        customer_id=None,
        legs=[
            Leg("bank", line.amount_minor, line.currency),
            Leg("bank_in_transit", -line.amount_minor, line.currency),
        ],
    )
    line.payout, line.status, line.matched_at = payout, BankLineStatus.MATCHED, at
    line.save(update_fields=["payout", "status", "matched_at"])
    return True


def _arriving(line: BankStatementLine) -> list[GatewayPayout]:
    taken = BankStatementLine.objects.filter(payout__isnull=False).values("payout_id")
    return list(
        GatewayPayout.objects.filter(
            amount_minor=line.amount_minor,
            currency=line.currency,
            status__in=(PayoutStatus.PAID, PayoutStatus.PENDING),
            booked_at__isnull=False,
            arrives_on__range=(line.booked_on - ARRIVAL_SLACK, line.booked_on + ARRIVAL_SLACK),
        ).exclude(pk__in=taken)
    )


def _is_of(payout: GatewayPayout, line: BankStatementLine) -> bool:
    others = parts_of_payout(payout).exclude(brand_id=line.brand_id, livemode=line.livemode)
    return not others.exists()
