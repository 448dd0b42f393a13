from __future__ import annotations

from datetime import datetime

from apps.billing.enums import CollectionStatus
from apps.billing.models import CollectionCase
from apps.billing.services.collection.collect_due import collect_due
from apps.billing.services.collection.move_case import lock_case, move_case

UNSETTLED = (CollectionStatus.DUE, CollectionStatus.WAITING, CollectionStatus.EXHAUSTED)


def make_collections_due(*, customer_id: int, at: datetime) -> list[int]:
    """Let every unpaid invoice of a customer be charged at `at` (their time): there is a new card.

    Belongs into the transaction that brings the card, under the customer's lock: should the process die after
    it, the sweeper does the rest. Returns the cases; one with an open attempt is left alone.
    """
    cases = CollectionCase.objects.filter(customer_id=customer_id, status__in=UNSETTLED)
    due = []
    for invoice_id in list(cases.order_by("opened_at", "pk").values_list("invoice_id", flat=True)):
        case = lock_case(invoice_id=invoice_id)
        if case is not None and case.status in UNSETTLED:
            move_case(case, CollectionStatus.DUE, next_attempt_at=at)
            due.append(case.pk)
    return due


def retry_collections(*, case_ids: list[int], at: datetime) -> None:
    """Charge cases that were just made due, in place of at the next sweep. Call outside a transaction."""
    for case_id in case_ids:
        collect_due(case_id=case_id, at=at)
