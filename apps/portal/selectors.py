"""Reads for the customers' pages that no lower app offers."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Q, QuerySet

from apps.core.api.pagination import decode_cursor, encode_cursor
from apps.invoices.enums import InvoiceStatus
from apps.invoices.errors import CreditNoteNotFound, InvoiceNotFound
from apps.invoices.models import CreditNote, Invoice
from apps.invoices.selectors import credit_notes_of, invoices_of, invoices_with_lines
from apps.portal.enums import SessionStatus
from apps.portal.models import CheckoutSession, PortalSession
from apps.subscriptions.errors import SubscriptionNotFound
from apps.subscriptions.models import Subscription
from apps.subscriptions.selectors import subscriptions_of

PAGE_SIZE = 20


@dataclass(frozen=True, slots=True)
class InvoicePage:
    """One page of a customer's invoices, newest first; `next_cursor` is empty on the last one."""

    rows: list[Invoice]
    next_cursor: str


def subscription_of(customer_id: int, public_id: str, *, live: bool = True) -> Subscription:
    """A customer's own subscription, which has not ended where it is to be `live`.

    Raises:
        SubscriptionNotFound: it is not theirs, or has ended (404).
    """
    found = subscriptions_of(customer_id).filter(public_id=public_id).first()
    if found is None:
        raise SubscriptionNotFound(f"There is no subscription '{public_id}'.")
    if live and found.ended_at is not None:
        raise SubscriptionNotFound("This subscription has ended.")
    return found


def token_hash(token: str) -> str:
    """How a link's token is kept: a copy of the database opens no page."""
    return hashlib.sha256(token.encode()).hexdigest()


def portal_session_for(token: str, *, at: datetime) -> PortalSession | None:
    """The portal session that a link opens at `at` (real time); None when there is none or it is over."""
    return _sessions_in_use(at).filter(token_sha256=token_hash(token)).first()


def portal_session_in_use(public_id: str, *, at: datetime) -> PortalSession | None:
    """The portal session that a browser has opened, while it lasts."""
    return _sessions_in_use(at).filter(public_id=public_id).first() if public_id else None


def _sessions_in_use(at: datetime) -> QuerySet[PortalSession]:
    rows = PortalSession.objects.select_related("customer__test_clock", "customer__brand")
    return rows.filter(ended_at=None, expires_at__gt=at)


def checkout_session_for(token: str) -> CheckoutSession | None:
    """The checkout session of a link, open or not."""
    return (
        CheckoutSession.objects.select_related(
            "customer__test_clock", "customer__brand", "plan_version__plan", "subscription"
        )
        .filter(token_sha256=token_hash(token))
        .first()
    )


def is_open(session: CheckoutSession, *, at: datetime) -> bool:
    """Whether a checkout session can still be completed at `at` (real time)."""
    return session.status == SessionStatus.OPEN and session.expires_at > at


def invoice_of(*, customer_id: int, reference: str) -> Invoice:
    """A customer's finalised invoice with its lines, by public id.

    Raises:
        InvoiceNotFound: it is not theirs, or has no number yet (404).
    """
    own = invoices_with_lines().filter(customer_id=customer_id, number__isnull=False)
    invoice = own.filter(public_id=reference).first()
    if invoice is None:
        raise InvoiceNotFound(f"There is no invoice '{reference}'.")
    return invoice


def credit_note_of(*, customer_id: int, reference: str) -> CreditNote:
    """A customer's credit note with its invoice, by public id.

    Raises:
        CreditNoteNotFound: it is not theirs (404).
    """
    note = credit_notes_of(customer_id).filter(public_id=reference).first()
    if note is None:
        raise CreditNoteNotFound(f"There is no credit note '{reference}'.")
    return note


def invoice_counts(customer_id: int) -> dict[str, int]:
    """How many invoices there are of each status; "" is all of them."""
    rows = invoices_of(customer_id).order_by().values("status").annotate(count=Count("pk"))
    counts = {row["status"]: row["count"] for row in rows}
    return {"": sum(counts.values()), **counts}


def invoice_page(*, customer_id: int, status: str, cursor: str, limit: int = PAGE_SIZE) -> InvoicePage:
    """One page of a customer's invoices, of one status unless it is empty.

    Raises:
        InvalidInput: the cursor is none of this list (422).
    """
    rows = invoices_of(customer_id)
    if status in InvoiceStatus.values:
        rows = rows.filter(status=status)
    if cursor:
        created_at, pk = decode_cursor(cursor, 2)
        rows = rows.filter(Q(created_at__lt=created_at) | Q(created_at=created_at, pk__lt=pk))
    found = list(rows[: limit + 1])
    last = found[limit - 1] if len(found) > limit else None
    return InvoicePage(found[:limit], encode_cursor([last.created_at, last.pk]) if last else "")
