"""The lists of invoices, credit notes and payments."""

from __future__ import annotations

from datetime import datetime

from django.db.models import F, Q

from apps.backoffice.csv_export import Column, major
from apps.backoffice.listing import Choice, ListSpec, Tab
from apps.backoffice.lists.words import currency_choice, of_customer
from apps.billing.enums import CollectionStatus
from apps.billing.models import CollectionCase
from apps.invoices.enums import CreditNoteStatus, CreditReason, InvoiceStatus, RefundStatus, TaxStatus
from apps.payments.enums import DeclineKind, PaymentStatus


def invoice_list(at: datetime, currencies: list[str]) -> ListSpec:
    """`at` decides what is overdue: real time, or that of the customer's clock."""
    overdue = Q(status=InvoiceStatus.OPEN) & (
        Q(customer__test_clock=None, due_at__lt=at) | Q(due_at__lt=F("customer__test_clock__now_at"))
    )
    exhausted = CollectionCase.objects.filter(status=CollectionStatus.EXHAUSTED)
    given_up = Q(pk__in=exhausted.values("invoice_id"))
    return ListSpec(
        name="invoices",
        template="backoffice/invoices.html",
        search=lambda words: of_customer(words) | Q(number__iexact=words) | Q(public_id=words),
        placeholder="Number, customer or id",
        dated="created_at",
        tabs=(
            Tab("", "All"),
            Tab("draft", "Draft", Q(status=InvoiceStatus.DRAFT)),
            Tab("tax", "Waiting for tax", Q(status=InvoiceStatus.DRAFT, tax_status=TaxStatus.WAITING)),
            Tab("open", "Open", Q(status=InvoiceStatus.OPEN)),
            Tab("overdue", "Overdue", overdue),
            Tab("exhausted", "Collecting given up", given_up),
            Tab("paid", "Paid", Q(status=InvoiceStatus.PAID)),
            Tab("void", "Void", Q(status=InvoiceStatus.VOID)),
            Tab("uncollectible", "Uncollectible", Q(status=InvoiceStatus.UNCOLLECTIBLE)),
            Tab("closed", "Closed", Q(status=InvoiceStatus.CLOSED)),
        ),
        choices=(currency_choice(currencies),),
        columns=(
            Column("id", lambda i: i.public_id),
            Column("number"),
            Column("customer", lambda i: i.customer.public_id),
            Column("customer_name", lambda i: i.customer.name),
            Column("status"),
            Column("currency"),
            Column("total", lambda i: major(i.total_minor, i.currency)),
            Column("tax", lambda i: major(i.tax_minor, i.currency)),
            Column("tax_problem"),
            Column("from_balance", lambda i: major(i.balance_applied_minor, i.currency)),
            Column("from_prepaid", lambda i: major(i.prepaid_applied_minor, i.currency)),
            Column("credited", lambda i: major(i.credited_minor, i.currency)),
            Column("paid", lambda i: major(i.paid_minor, i.currency)),
            Column("due", lambda i: major(i.due_minor, i.currency)),
            Column("finalized_at"),
            Column("due_at"),
            Column("paid_at"),
        ),
    )


def credit_note_list(currencies: list[str]) -> ListSpec:
    return ListSpec(
        name="credit-notes",
        template="backoffice/credit_notes.html",
        search=lambda words: (
            of_customer(words)
            | Q(number__iexact=words)
            | Q(public_id=words)
            | Q(invoice__number__iexact=words)
        ),
        placeholder="Number, invoice, customer or id",
        dated="issued_at",
        tabs=(
            Tab("", "All"),
            *(Tab(s.value, s.label, Q(status=s)) for s in CreditNoteStatus),
            Tab("refund", "To be refunded", Q(refund_status=RefundStatus.REQUESTED)),
        ),
        choices=(Choice("reason", "Reason", "reason", CreditReason.choices), currency_choice(currencies)),
        columns=(
            Column("id", lambda n: n.public_id),
            Column("number"),
            Column("invoice", lambda n: n.invoice.number),
            Column("customer", lambda n: n.customer.public_id),
            Column("customer_name", lambda n: n.customer.name),
            Column("status"),
            Column("reason"),
            Column("currency"),
            Column("total", lambda n: major(n.total_minor, n.currency)),
            Column("tax", lambda n: major(n.tax_minor, n.currency)),
            Column("off_invoice", lambda n: major(n.offset_minor, n.currency)),
            Column("to_balance", lambda n: major(n.balance_minor, n.currency)),
            Column("to_refund", lambda n: major(n.refund_minor, n.currency)),
            Column("issued_at"),
            Column("voided_at"),
        ),
        ordering=("-issued_at", "-id"),
    )


def payment_list(currencies: list[str]) -> ListSpec:
    return ListSpec(
        name="payments",
        template="backoffice/payments.html",
        search=lambda words: (
            of_customer(words) | Q(public_id=words) | Q(gateway_id=words) | Q(invoice__number__iexact=words)
        ),
        placeholder="Customer, invoice number or id",
        dated="created_at",
        tabs=(Tab("", "All"), *(Tab(s.value, s.label, Q(status=s)) for s in PaymentStatus)),
        choices=(
            Choice("decline", "Decline", "decline_kind", DeclineKind.choices),
            currency_choice(currencies),
        ),
        columns=(
            Column("id", lambda p: p.public_id),
            Column("gateway_id"),
            Column("customer", lambda p: p.customer.public_id),
            Column("customer_name", lambda p: p.customer.name),
            Column("invoice", lambda p: p.invoice.number),
            Column("attempt"),
            Column("status"),
            Column("currency"),
            Column("amount", lambda p: major(p.amount_minor, p.currency)),
            Column("decline_kind"),
            Column("decline_code"),
            Column("created_at"),
            Column("settled_at"),
        ),
    )
