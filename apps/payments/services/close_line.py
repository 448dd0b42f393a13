from __future__ import annotations

from datetime import datetime

from apps.audit.services.record import record_event
from apps.payments.enums import BankLineStatus
from apps.payments.errors import StatementLineMatched
from apps.payments.models import BankStatementLine, ReceivedPayment


def lock_line(*, line_id: int) -> BankStatementLine:
    """The line, held by the caller's transaction, while nothing was done about it.

    Raises:
        StatementLineMatched: it was dealt with before (409).
    """
    line = BankStatementLine.objects.select_for_update().get(pk=line_id)
    if line.status != BankLineStatus.UNMATCHED:
        raise StatementLineMatched("This line was dealt with before.")
    return line


def close_line(*, line: BankStatementLine, payment: ReceivedPayment | None, at: datetime) -> None:
    """Say what a line that the caller holds was: a received payment, or nothing that is booked here."""
    line.received_payment, line.matched_at = payment, at
    line.status = BankLineStatus.MATCHED if payment else BankLineStatus.SET_ASIDE
    line.save(update_fields=["received_payment", "status", "matched_at"])
    data = {"amount_minor": line.amount_minor, "currency": line.currency}
    if payment is not None:
        data["payment"] = payment.public_id
    record_event(name=f"bank_statement_line.{line.status}", subject=line, at=at, data=data)
