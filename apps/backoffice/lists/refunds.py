"""The list of refunds, with the queue of those that wait for a second person."""

from __future__ import annotations

from django.db.models import Q

from apps.backoffice.csv_export import Column, major
from apps.backoffice.listing import Choice, ListSpec, Tab
from apps.backoffice.lists.words import currency_choice, of_customer
from apps.payments.enums import RefundReason, RefundStatus


def refund_list(currencies: list[str]) -> ListSpec:
    return ListSpec(
        name="refunds",
        template="backoffice/refunds.html",
        search=lambda words: (
            of_customer(words)
            | Q(public_id=words)
            | Q(gateway_id=words)
            | Q(payment__public_id=words)
            | Q(payment__invoice__number__iexact=words)
        ),
        placeholder="Customer, invoice number or id",
        dated="created_at",
        tabs=(Tab("", "All"), *(Tab(s.value, s.label, Q(status=s)) for s in RefundStatus)),
        choices=(Choice("reason", "Reason", "reason", RefundReason.choices), currency_choice(currencies)),
        columns=(
            Column("id", lambda r: r.public_id),
            Column("gateway_id", lambda r: r.gateway_id),
            Column("payment", lambda r: r.payment.public_id),
            Column("invoice", lambda r: r.payment.invoice.number),
            Column("credit_note", lambda r: r.credit_note.number if r.credit_note else ""),
            Column("customer", lambda r: r.customer.public_id),
            Column("customer_name", lambda r: r.customer.name),
            Column("status", lambda r: r.status),
            Column("reason", lambda r: r.reason),
            Column("currency", lambda r: r.currency),
            Column("amount", lambda r: major(r.amount_minor, r.currency)),
            Column("requested_by", lambda r: r.requested_by),
            Column("decided_by", lambda r: r.decided_by),
            Column("created_at", lambda r: r.created_at),
            Column("settled_at", lambda r: r.settled_at),
        ),
    )
