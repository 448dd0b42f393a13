from __future__ import annotations

from datetime import datetime

from apps.payments.models import Refund
from apps.payments.services.request_refund import release
from apps.wallets.enums import MovementKind
from apps.wallets.services.credit import credit_balance


def return_reserved(*, refund: Refund, at: datetime) -> None:
    """Undo what a request had set aside: on the payment, and in the customer's balance.

    Runs in the caller's transaction. `at` is the customer's time.
    """
    release(payment_id=refund.payment_id, amount_minor=refund.amount_minor)
    if refund.from_balance_minor:
        credit_balance(
            customer=refund.customer,
            currency=refund.currency,
            amount_minor=refund.from_balance_minor,
            kind=MovementKind.REFUND_RETURNED,
            reference=("refund", refund.public_id),
            key=f"refund:{refund.public_id}:returned",
            at=at,
        )
