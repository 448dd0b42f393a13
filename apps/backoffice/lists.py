"""The lists of the staff pages: which rows, how they are searched, and the columns of their CSV."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import F, Q

from apps.backoffice.csv_export import Column, major
from apps.backoffice.listing import Choice, ListSpec, Tab
from apps.billing.enums import CollectionStatus
from apps.billing.models import CollectionCase
from apps.invoices.enums import CreditNoteStatus, CreditReason, InvoiceStatus, RefundStatus
from apps.notifications.enums import MailKind, MailStatus
from apps.payments.enums import DeclineKind, PaymentStatus
from apps.subscriptions.enums import SubscriptionStatus


def customer_words(prefix: str) -> Any:
    """A condition on the customer of a row: name, e-mail address, or a whole id."""

    def condition(words: str) -> Q:
        return (
            Q(**{f"{prefix}name__icontains": words})
            | Q(**{f"{prefix}email__icontains": words})
            | Q(**{f"{prefix}public_id": words})
            | Q(**{f"{prefix}external_id": words})
        )

    return condition


_of_customer = customer_words("customer__")


def customer_list(currencies: list[str]) -> ListSpec:
    return ListSpec(
        name="customers",
        template="backoffice/customers.html",
        search=customer_words(""),
        placeholder="Name, e-mail or id",
        dated="created_at",
        tabs=(
            Tab("", "All"),
            Tab("clock", "On a test clock", Q(test_clock__isnull=False)),
        ),
        choices=(_currencies(currencies),),
        columns=(
            Column("id", lambda c: c.public_id),
            Column("external_id", lambda c: c.external_id),
            Column("name", lambda c: c.name),
            Column("email", lambda c: c.email),
            Column("currency", lambda c: c.currency),
            Column("country", lambda c: c.country),
            Column("created_at", lambda c: c.created_at),
        ),
    )


def subscription_list(plans: list[tuple[str, str]], currencies: list[str]) -> ListSpec:
    return ListSpec(
        name="subscriptions",
        template="backoffice/subscriptions.html",
        search=lambda words: _of_customer(words) | Q(public_id=words) | Q(external_id=words),
        placeholder="Customer, e-mail or id",
        dated="created_at",
        tabs=(
            Tab("", "All"),
            *(Tab(s.value, s.label, Q(status=s)) for s in SubscriptionStatus),
        ),
        choices=(
            Choice("plan", "Plan", "plan_version__plan__code", plans),
            _currencies(currencies),
        ),
        columns=(
            Column("id", lambda s: s.public_id),
            Column("customer", lambda s: s.customer.public_id),
            Column("customer_name", lambda s: s.customer.name),
            Column("plan", lambda s: s.plan_version.plan.code),
            Column("quantity", lambda s: s.quantity),
            Column("currency", lambda s: s.currency),
            Column("status", lambda s: s.status),
            Column("started_at", lambda s: s.started_at),
            Column("current_period_ends_at", lambda s: s.current_period_ends_at),
            Column("ended_at", lambda s: s.ended_at),
            Column("cancel_reason", lambda s: s.cancel_reason),
        ),
    )


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
        search=lambda words: _of_customer(words) | Q(number__iexact=words) | Q(public_id=words),
        placeholder="Number, customer or id",
        dated="created_at",
        tabs=(
            Tab("", "All"),
            Tab("draft", "Draft", Q(status=InvoiceStatus.DRAFT)),
            Tab("open", "Open", Q(status=InvoiceStatus.OPEN)),
            Tab("overdue", "Overdue", overdue),
            Tab("exhausted", "Collecting given up", given_up),
            Tab("paid", "Paid", Q(status=InvoiceStatus.PAID)),
            Tab("void", "Void", Q(status=InvoiceStatus.VOID)),
            Tab("uncollectible", "Uncollectible", Q(status=InvoiceStatus.UNCOLLECTIBLE)),
            Tab("closed", "Closed", Q(status=InvoiceStatus.CLOSED)),
        ),
        choices=(_currencies(currencies),),
        columns=(
            Column("id", lambda i: i.public_id),
            Column("number", lambda i: i.number),
            Column("customer", lambda i: i.customer.public_id),
            Column("customer_name", lambda i: i.customer.name),
            Column("status", lambda i: i.status),
            Column("currency", lambda i: i.currency),
            Column("total", lambda i: major(i.total_minor, i.currency)),
            Column("from_balance", lambda i: major(i.balance_applied_minor, i.currency)),
            Column("credited", lambda i: major(i.credited_minor, i.currency)),
            Column("paid", lambda i: major(i.paid_minor, i.currency)),
            Column("due", lambda i: major(i.due_minor, i.currency)),
            Column("finalized_at", lambda i: i.finalized_at),
            Column("due_at", lambda i: i.due_at),
            Column("paid_at", lambda i: i.paid_at),
        ),
    )


def credit_note_list(currencies: list[str]) -> ListSpec:
    return ListSpec(
        name="credit-notes",
        template="backoffice/credit_notes.html",
        search=lambda words: (
            _of_customer(words)
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
        choices=(Choice("reason", "Reason", "reason", CreditReason.choices), _currencies(currencies)),
        columns=(
            Column("id", lambda n: n.public_id),
            Column("number", lambda n: n.number),
            Column("invoice", lambda n: n.invoice.number),
            Column("customer", lambda n: n.customer.public_id),
            Column("customer_name", lambda n: n.customer.name),
            Column("status", lambda n: n.status),
            Column("reason", lambda n: n.reason),
            Column("currency", lambda n: n.currency),
            Column("total", lambda n: major(n.total_minor, n.currency)),
            Column("tax", lambda n: major(n.tax_minor, n.currency)),
            Column("off_invoice", lambda n: major(n.offset_minor, n.currency)),
            Column("to_balance", lambda n: major(n.balance_minor, n.currency)),
            Column("to_refund", lambda n: major(n.refund_minor, n.currency)),
            Column("issued_at", lambda n: n.issued_at),
            Column("voided_at", lambda n: n.voided_at),
        ),
        ordering=("-issued_at", "-id"),
    )


def payment_list(currencies: list[str]) -> ListSpec:
    return ListSpec(
        name="payments",
        template="backoffice/payments.html",
        search=lambda words: (
            _of_customer(words) | Q(public_id=words) | Q(gateway_id=words) | Q(invoice__number__iexact=words)
        ),
        placeholder="Customer, invoice number or id",
        dated="created_at",
        tabs=(Tab("", "All"), *(Tab(s.value, s.label, Q(status=s)) for s in PaymentStatus)),
        choices=(
            Choice("decline", "Decline", "decline_kind", DeclineKind.choices),
            _currencies(currencies),
        ),
        columns=(
            Column("id", lambda p: p.public_id),
            Column("gateway_id", lambda p: p.gateway_id),
            Column("customer", lambda p: p.customer.public_id),
            Column("customer_name", lambda p: p.customer.name),
            Column("invoice", lambda p: p.invoice.number),
            Column("attempt", lambda p: p.attempt),
            Column("status", lambda p: p.status),
            Column("currency", lambda p: p.currency),
            Column("amount", lambda p: major(p.amount_minor, p.currency)),
            Column("decline_kind", lambda p: p.decline_kind),
            Column("decline_code", lambda p: p.decline_code),
            Column("created_at", lambda p: p.created_at),
            Column("settled_at", lambda p: p.settled_at),
        ),
    )


MAIL_LIST = ListSpec(
    name="mail",
    template="backoffice/mails.html",
    ordering=("-queued_at", "-id"),
    search=lambda words: (
        Q(recipient__icontains=words)
        | Q(subject_line__icontains=words)
        | Q(public_id=words)
        | Q(subject_id=words)
    ),
    placeholder="Recipient, subject or id",
    dated="queued_at",
    tabs=(Tab("", "All"), *(Tab(s.value, s.label, Q(status=s)) for s in MailStatus)),
    choices=(Choice("kind", "Kind", "kind", MailKind.choices),),
    columns=(
        Column("id", lambda m: m.public_id),
        Column("kind", lambda m: m.kind),
        Column("recipient", lambda m: m.recipient),
        Column("subject", lambda m: m.subject_line),
        Column("status", lambda m: m.status),
        Column("queued_at", lambda m: m.queued_at),
        Column("sent_at", lambda m: m.sent_at),
    ),
)

PARKED_LIST = ListSpec(
    name="parked",
    template="backoffice/parked.html",
    ordering=("-parked_at", "-id"),
    search=lambda words: _of_customer(words) | Q(public_id=words) | Q(reason_code=words),
    placeholder="Customer, e-mail or reason",
    tabs=(
        Tab("", "Waiting", Q(released_at=None)),
        Tab("released", "Retried", Q(released_at__isnull=False)),
    ),
    columns=(
        Column("id", lambda p: p.public_id),
        Column("customer", lambda p: p.customer.public_id),
        Column("reason_code", lambda p: p.reason_code),
        Column("reason", lambda p: p.reason),
        Column("tries", lambda p: p.tries),
        Column("due_at", lambda p: p.due_at),
        Column("parked_at", lambda p: p.parked_at),
        Column("released_at", lambda p: p.released_at),
    ),
)

RUN_LIST = ListSpec(
    name="billing-runs",
    template="backoffice/runs.html",
    ordering=("-started_at", "-id"),
    search=lambda words: Q(public_id=words),
    placeholder="Id",
    dated="started_at",
    tabs=(
        Tab("", "All"),
        Tab("real", "Real time", Q(test_clock_id=None)),
        Tab("clock", "Test clocks", Q(test_clock_id__isnull=False)),
        Tab("parked", "Parked somebody", Q(customers_parked__gt=0)),
    ),
    columns=(
        Column("id", lambda r: r.public_id),
        Column("at", lambda r: r.at),
        Column("started_at", lambda r: r.started_at),
        Column("finished_at", lambda r: r.finished_at),
        Column("customers_billed", lambda r: r.customers_billed),
        Column("invoices_finalized", lambda r: r.invoices_finalized),
        Column("customers_parked", lambda r: r.customers_parked),
    ),
)

EVENT_LIST = ListSpec(
    name="events",
    template="backoffice/events.html",
    ordering=("-id",),
    search=lambda words: Q(name=words) | Q(subject_id=words) | Q(public_id=words) | Q(request_id=words),
    placeholder="Event name, id of the subject or of the request",
    dated="at",
    columns=(
        Column("id", lambda e: e.public_id),
        Column("name", lambda e: e.name),
        Column("subject_type", lambda e: e.subject_type),
        Column("subject", lambda e: e.subject_id),
        Column("actor", lambda e: e.actor_label),
        Column("request_id", lambda e: e.request_id),
        Column("at", lambda e: e.at),
        Column("recorded_at", lambda e: e.recorded_at),
    ),
)

CHANGE_LIST = ListSpec(
    name="changed-rows",
    template="backoffice/changes.html",
    ordering=("-id",),
    search=lambda words: Q(object_repr__icontains=words) | Q(actor__email__icontains=words),
    placeholder="Object or e-mail of who did it",
    dated="timestamp",
    tabs=(
        Tab("", "All"),
        Tab("created", "Created", Q(action=0)),
        Tab("changed", "Changed", Q(action=1)),
        Tab("deleted", "Deleted", Q(action=2)),
    ),
    columns=(
        Column("at", lambda e: e.timestamp),
        Column("actor", lambda e: e.actor.email if e.actor else ""),
        Column("model", lambda e: e.content_type.model),
        Column("object", lambda e: e.object_repr),
        Column("action", lambda e: e.get_action_display()),
        Column("fields", lambda e: ", ".join(sorted(e.changes or {}))),
    ),
)

GATEWAY_EVENT_LIST = ListSpec(
    name="gateway-events",
    template="backoffice/gateway_events.html",
    ordering=("-received_at", "-id"),
    search=lambda words: Q(event_id=words) | Q(object_id=words) | Q(type=words),
    placeholder="Id of the event or its object, or type",
    dated="received_at",
    tabs=(
        Tab("", "All"),
        Tab("waiting", "Waiting", Q(processed_at=None, next_try_at__isnull=False)),
        Tab("given_up", "Given up", Q(processed_at=None, next_try_at=None)),
        Tab("done", "Done", Q(processed_at__isnull=False)),
    ),
    columns=(
        Column("event_id", lambda e: e.event_id),
        Column("type", lambda e: e.type),
        Column("object_id", lambda e: e.object_id),
        Column("received_at", lambda e: e.received_at),
        Column("processed_at", lambda e: e.processed_at),
        Column("tries", lambda e: e.tries),
        Column("error", lambda e: e.error),
    ),
)

CLOCK_LIST = ListSpec(
    name="test-clocks",
    template="backoffice/test_clocks.html",
    search=lambda words: Q(name__icontains=words) | Q(public_id=words),
    placeholder="Name or id",
    columns=(
        Column("id", lambda c: c.public_id),
        Column("name", lambda c: c.name),
        Column("status", lambda c: c.status),
        Column("now_at", lambda c: c.now_at),
    ),
)


def _currencies(currencies: list[str]) -> Choice:
    return Choice("currency", "Currency", "currency", [(code, code) for code in currencies])
