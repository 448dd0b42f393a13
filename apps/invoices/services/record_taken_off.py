from __future__ import annotations

from datetime import datetime

from apps.invoices.models import Invoice
from apps.invoices.services.discount_draft import TakenOff
from apps.promos.services.record_uses import CouponUseInput, record_uses
from apps.promos.services.release_uses import release_uses
from apps.wallets.services.return_spends import return_spends
from apps.wallets.services.spend_promotional import spend_promotional


def record_taken_off(*, invoice: Invoice, taken_off: TakenOff, at: datetime) -> None:
    """Record what an invoice that is being issued used of coupons and promotional grants, in minor units.

    Runs in the finalising transaction; a grant that was spent elsewhere meanwhile refuses it.
    """
    reference = ("invoice", invoice.public_id)
    if taken_off.coupons:
        record_uses(
            uses=[CouponUseInput(redemption, amount) for redemption, amount in taken_off.coupons],
            reference=reference,
            currency=invoice.currency,
            at=at,
        )
    if taken_off.grants:
        spend_promotional(
            spends=taken_off.grants, reference=reference, key=f"invoice:{invoice.public_id}:issued", at=at
        )


def give_back_taken_off(*, invoice: Invoice, at: datetime) -> None:
    """Give coupons and credit grants back what a voided invoice used of them, prepaid ones included."""
    reference = ("invoice", invoice.public_id)
    release_uses(reference=reference, at=at)
    return_spends(reference=reference, key=f"invoice:{invoice.public_id}:void", at=at)
