"""Reads about bank statements."""

from __future__ import annotations

from django.db.models import QuerySet

from apps.payments.enums import BankLineStatus
from apps.payments.errors import StatementLineNotFound
from apps.payments.models import BankStatementLine


def statement_lines(*, brand_id: int, livemode: bool) -> QuerySet[BankStatementLine]:
    """A brand's lines with what they were matched to, in one query."""
    own = BankStatementLine.objects.filter(brand_id=brand_id, livemode=livemode)
    return own.select_related("received_payment__customer", "payout")


def unmatched_lines(*, brand_id: int, livemode: bool) -> QuerySet[BankStatementLine]:
    """What nobody has said yet what it is, the oldest first."""
    own = statement_lines(brand_id=brand_id, livemode=livemode)
    return own.filter(status=BankLineStatus.UNMATCHED).order_by("booked_on", "pk")


def get_line(*, brand_id: int, livemode: bool, reference: str) -> BankStatementLine:
    """The line with this public id.

    Raises:
        StatementLineNotFound: none in this brand and mode (404).
    """
    found = statement_lines(brand_id=brand_id, livemode=livemode).filter(public_id=reference).first()
    if found is None:
        raise StatementLineNotFound(f"There is no line '{reference}'.", field="line")
    return found
