from __future__ import annotations

from datetime import datetime

from apps.billing.enums import NEXT, CollectionStatus
from apps.billing.models import CollectionCase
from apps.customers.models import Customer


def lock_customer(*, customer_id: int) -> None:
    """Take the customer, as everything that bills does, before any row of theirs.

    The one order of all locks is customer, case, invoice, payment, subscription.
    """
    Customer.objects.select_for_update(no_key=True).only("pk").get(pk=customer_id)


def lock_case(*, invoice_id: int) -> CollectionCase | None:
    """The collecting of an invoice, held until the caller's transaction ends; None where there is none.

    The caller holds the customer.
    """
    return (
        CollectionCase.objects.select_for_update(of=("self",), no_key=True)
        .select_related("invoice", "customer__brand", "policy")
        .filter(invoice_id=invoice_id)
        .first()
    )


def move_case(
    case: CollectionCase, status: CollectionStatus, *, next_attempt_at: datetime | None = None
) -> None:
    """Move a locked case and write it; a case that is already there only gets the new instant.

    Raises:
        ValueError: the table of moves does not know this one, which is a fault of the caller.
    """
    if case.status != status and status not in NEXT[CollectionStatus(case.status)]:
        raise ValueError(f"a case does not go from {case.status} to {status}")
    case.status, case.next_attempt_at = status, next_attempt_at
    case.save(
        update_fields=[
            "status",
            "policy",
            "next_attempt_at",
            "next_step_at",
            "failures",
            "first_failed_at",
            "last_failure",
            "settled_at",
        ]
    )
