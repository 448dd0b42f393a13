from __future__ import annotations

from datetime import datetime

from apps.audit.services.record import record_event
from apps.billing.dunning import next_retry, retry_instants
from apps.billing.enums import CollectionStatus
from apps.billing.models import CollectionCase
from apps.billing.services.collection.move_case import move_case
from apps.entitlements.enums import AccessLevel, AccessReason
from apps.entitlements.services.set_access import set_access
from apps.invoices.models import Invoice
from apps.payments.enums import DeclineKind
from apps.subscriptions.services.mark_past_due import mark_past_due


def place_case(*, case: CollectionCase, kind: DeclineKind, at: datetime) -> None:
    """Say what comes next for a locked case of which an attempt failed at `at` (customer's time).

    Soft: the next rung of the brand's ladder. Hard or authentication: it waits for the customer until the
    last rung, because the same card would be declined again. At or after the last rung it is given up: access
    becomes read-only, and staff decide. The first failure of an invoice makes its subscriptions past due.
    """
    if case.first_failed_at is None:
        case.first_failed_at = at
        for subscription_id in subscriptions_on(case.invoice):
            mark_past_due(subscription_id=subscription_id, at=at, invoice_id=case.invoice.public_id)
    retries = retry_instants(
        first_failed_at=case.first_failed_at,
        retry_days=case.customer.brand.dunning_retry_days,
        zone=case.customer.time_zone,
    )
    following = next_retry(retries=retries, at=at)
    if following is None:
        give_up(case=case, at=at)
    elif kind == DeclineKind.SOFT:
        move_case(case, CollectionStatus.DUE, next_attempt_at=following)
    else:
        move_case(case, CollectionStatus.WAITING, next_attempt_at=retries[-1])


def give_up(*, case: CollectionCase, at: datetime) -> None:
    """Stop trying: once, however often a given-up invoice is tried by hand afterwards."""
    if case.status == CollectionStatus.EXHAUSTED:
        move_case(case, CollectionStatus.EXHAUSTED)
        return
    move_case(case, CollectionStatus.EXHAUSTED)
    record_event(
        name="collection.exhausted",
        subject=case.invoice,
        at=at,
        data={"invoice": case.invoice.public_id, "failures": case.failures},
    )
    set_access(
        customer_id=case.customer_id,
        level=AccessLevel.READ_ONLY,
        reason=AccessReason.PAYMENT_OVERDUE,
        at=at,
    )


def subscriptions_on(invoice: Invoice) -> list[int]:
    """The subscriptions that an invoice bills, in the one order in which all lock them."""
    ids = invoice.lines.filter(subscription__isnull=False).values_list("subscription_id", flat=True)
    return sorted(set(ids))
