from __future__ import annotations

import re
from datetime import datetime

from django.db.models import F, TextField, Value

from apps.billing.services.statements.pay_from_line import pay_from_line
from apps.customers.selectors import now_for
from apps.invoices.enums import InvoiceStatus
from apps.invoices.models import Invoice
from apps.invoices.selectors import DUE_MINOR
from apps.payments.errors import ReceivedPaymentRefused
from apps.payments.models import BankStatementLine
from apps.payments.services.match_payout_line import match_payout_line
from apps.payments.statement_selectors import unmatched_lines

# So many invoices are offered that only the amount speaks for.
OFFERED = 10
COLLECTABLE = (InvoiceStatus.OPEN, InvoiceStatus.UNCOLLECTIBLE)


def match_lines(*, brand_id: int, livemode: bool, at: datetime) -> int:
    """Match what of a brand's bank statements can be matched without a person; how many lines.

    A line is a gateway's payout (`match_payout_line`), or pays the one invoice whose number stands in its
    reference when just that is due. Everything else waits for staff. `at` is real time.
    """
    lines = unmatched_lines(brand_id=brand_id, livemode=livemode).filter(amount_minor__gt=0)
    return sum(_match(line, at) for line in list(lines))


def _match(line: BankStatementLine, at: datetime) -> bool:
    invoices = invoices_named(line)
    exact = [invoice for invoice in invoices if invoice.due_minor == line.amount_minor]
    if len(invoices) != 1 or len(exact) != 1:
        return not invoices and match_payout_line(line_id=line.pk, at=at)
    (invoice,) = exact
    try:
        pay_from_line(
            line_id=line.pk,
            customer=invoice.customer,
            invoice_ids=[invoice.pk],
            at=now_for(invoice.customer),
        )
    except ReceivedPaymentRefused:
        # A charge of it is under way: staff decide, or the next statement does.
        return False
    return True


def invoices_named(line: BankStatementLine) -> list[Invoice]:
    """Unpaid invoices of the brand, in the line's currency, whose whole number stands in its reference."""
    said = _squeezed(line.reference)
    unpaid = (
        Invoice.objects.filter(
            brand_id=line.brand_id, livemode=line.livemode, currency=line.currency, status__in=COLLECTABLE
        )
        .annotate(said=Value(said, output_field=TextField()))
        .filter(number__isnull=False, said__icontains=F("number"))
        .select_related("customer__test_clock")
    )
    return [invoice for invoice in unpaid if invoice.number and _names(said, _squeezed(invoice.number))]


def invoices_that_fit(line: BankStatementLine) -> list[Invoice]:
    """What staff may mean: unpaid invoices that the line names, then those of which just that is due."""
    if line.amount_minor <= 0:
        return []
    named = invoices_named(line)
    same = (
        Invoice.objects.filter(
            brand_id=line.brand_id, livemode=line.livemode, currency=line.currency, status__in=COLLECTABLE
        )
        .annotate(due=DUE_MINOR)
        .filter(due=line.amount_minor)
        .exclude(pk__in=[invoice.pk for invoice in named])
        .select_related("customer__test_clock")
        .order_by("finalized_at", "pk")
    )
    return [*named, *same[:OFFERED]]


def _names(said: str, number: str) -> bool:
    """As a whole: INV-1 does not stand in INV-12."""
    return re.search(rf"(?<![A-Z0-9]){re.escape(number)}(?![A-Z0-9])", said) is not None


def _squeezed(text: str) -> str:
    return re.sub(r"\s*-\s*", "-", text.upper())
