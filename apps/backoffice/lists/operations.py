"""The lists of what runs: billing, parked customers, mail, the gateway, test clocks."""

from __future__ import annotations

from django.db.models import Q

from apps.backoffice.csv_export import Column
from apps.backoffice.listing import Choice, ListSpec, Tab
from apps.backoffice.lists.words import of_customer
from apps.notifications.enums import MailKind, MailStatus

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
        Column("kind"),
        Column("recipient"),
        Column("subject", lambda m: m.subject_line),
        Column("status"),
        Column("queued_at"),
        Column("sent_at"),
    ),
)


PARKED_LIST = ListSpec(
    name="parked",
    template="backoffice/parked.html",
    ordering=("-parked_at", "-id"),
    search=lambda words: of_customer(words) | Q(public_id=words) | Q(reason_code=words),
    placeholder="Customer, e-mail or reason",
    tabs=(
        Tab("", "Waiting", Q(released_at=None)),
        Tab("released", "Retried", Q(released_at__isnull=False)),
    ),
    columns=(
        Column("id", lambda p: p.public_id),
        Column("customer", lambda p: p.customer.public_id),
        Column("reason_code"),
        Column("reason"),
        Column("tries"),
        Column("due_at"),
        Column("parked_at"),
        Column("released_at"),
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
        Column("at"),
        Column("started_at"),
        Column("finished_at"),
        Column("customers_billed"),
        Column("invoices_finalized"),
        Column("customers_parked"),
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
        Column("event_id"),
        Column("type"),
        Column("object_id"),
        Column("received_at"),
        Column("processed_at"),
        Column("tries"),
        Column("error"),
    ),
)


CLOCK_LIST = ListSpec(
    name="test-clocks",
    template="backoffice/test_clocks.html",
    search=lambda words: Q(name__icontains=words) | Q(public_id=words),
    placeholder="Name or id",
    columns=(
        Column("id", lambda c: c.public_id),
        Column("name"),
        Column("status"),
        Column("now_at"),
    ),
)
