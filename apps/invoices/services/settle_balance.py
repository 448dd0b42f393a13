from __future__ import annotations

from datetime import datetime

from apps.accounts.enums import BalanceUse
from apps.accounts.models import Brand
from apps.invoices.models import Invoice
from apps.wallets.enums import MovementKind
from apps.wallets.services.credit import credit_balance
from apps.wallets.services.spend import spend_balance


def settle_balance(*, invoice: Invoice, brand: Brand, at: datetime, use_balance: bool) -> None:
    """Settle a draft that is being finalised with the customer's balance; the caller saves the invoice.

    A negative total goes to the balance; a positive one is paid from it where `use_balance` and the brand
    say so. Minor units of the invoice's currency. Runs in the finalising transaction, before the number.
    """
    reference = ("invoice", invoice.public_id)
    if invoice.balance_credited_minor:
        credit_balance(
            customer=invoice.customer,
            currency=invoice.currency,
            amount_minor=invoice.balance_credited_minor,
            kind=MovementKind.NEGATIVE_TOTAL,
            reference=reference,
            key=f"invoice:{invoice.public_id}:negative_total",
            at=at,
        )
    elif use_balance and brand.balance_use == BalanceUse.AUTOMATIC:
        invoice.balance_applied_minor = spend_balance(
            customer=invoice.customer,
            currency=invoice.currency,
            up_to_minor=invoice.total_minor,
            reference=reference,
            key=issue_key(invoice),
            at=at,
        )


def issue_key(invoice: Invoice) -> str:
    """The key of the movement that paid an invoice from the balance when it was issued."""
    return f"invoice:{invoice.public_id}:issued"
