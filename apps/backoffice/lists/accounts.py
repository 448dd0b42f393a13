"""The lists of disputes and of bank statements."""

from __future__ import annotations

from django.db.models import Q

from apps.backoffice.csv_export import Column, major
from apps.backoffice.listing import ListSpec, Tab
from apps.backoffice.lists.words import of_customer
from apps.payments.enums import BankLineStatus, DisputeStatus

DISPUTE_LIST = ListSpec(
    name="disputes",
    template="backoffice/disputes.html",
    ordering=("-opened_at", "-id"),
    search=lambda words: (
        of_customer(words)
        | Q(public_id=words)
        | Q(gateway_id=words)
        | Q(payment__public_id=words)
        | Q(payment__invoice__number__iexact=words)
    ),
    placeholder="Customer, invoice number or id",
    dated="opened_at",
    tabs=(Tab("", "All"), *(Tab(s.value, s.label, Q(status=s)) for s in DisputeStatus)),
    columns=(
        Column("id", lambda d: d.public_id),
        Column("gateway_id", lambda d: d.gateway_id),
        Column("customer", lambda d: d.customer.public_id),
        Column("payment", lambda d: d.payment.public_id),
        Column("invoice", lambda d: d.payment.invoice.number),
        Column("status", lambda d: d.status),
        Column("reason", lambda d: d.reason),
        Column("currency", lambda d: d.currency),
        Column("amount", lambda d: major(d.amount_minor, d.currency)),
        Column("fee", lambda d: major(d.fee_minor, d.currency)),
        Column("opened_at", lambda d: d.opened_at),
        Column("evidence_due_at", lambda d: d.evidence_due_at),
        Column("evidence_sent_at", lambda d: d.evidence_sent_at),
        Column("closed_at", lambda d: d.closed_at),
    ),
)

BANK_LINE_LIST = ListSpec(
    name="bank-statement",
    template="backoffice/bank_lines.html",
    ordering=("-booked_on", "-id"),
    search=lambda words: (
        Q(reference__icontains=words) | Q(counterparty__icontains=words) | Q(public_id=words)
    ),
    placeholder="Reference, counterparty or id",
    tabs=(
        *(Tab(s.value if n else "", s.label, Q(status=s)) for n, s in enumerate(BankLineStatus)),
        Tab("all", "All"),
    ),
    columns=(
        Column("id", lambda line: line.public_id),
        Column("booked_on", lambda line: line.booked_on),
        Column("currency", lambda line: line.currency),
        Column("amount", lambda line: major(line.amount_minor, line.currency)),
        Column("reference", lambda line: line.reference),
        Column("counterparty", lambda line: line.counterparty),
        Column("status", lambda line: line.status),
        Column("payment", lambda line: line.received_payment and line.received_payment.public_id),
        Column("payout", lambda line: line.payout and line.payout.public_id),
    ),
)
