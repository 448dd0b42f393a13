from __future__ import annotations

from django.db.models import Q

from apps.backoffice.csv_export import Column, major
from apps.backoffice.listing import Choice, ListSpec, Tab
from apps.backoffice.lists.words import of_customer
from apps.billing.enums import CollectionStatus, DunningAction


def case_list(currencies: list[str]) -> ListSpec:
    owed = Q(invoice__status__in=("open", "uncollectible"))
    return ListSpec(
        name="dunning",
        template="backoffice/dunning.html",
        search=lambda words: of_customer(words) | Q(invoice__number__iexact=words) | Q(public_id=words),
        placeholder="Customer, invoice number or id",
        dated="first_failed_at",
        tabs=(
            Tab("", "Being collected", owed & ~Q(status=CollectionStatus.EXHAUSTED)),
            Tab("due", "Tried again", owed & Q(status=CollectionStatus.DUE)),
            Tab("waiting", "Wait for the customer", owed & Q(status=CollectionStatus.WAITING)),
            Tab("in_flight", "Payment under way", owed & Q(status=CollectionStatus.IN_FLIGHT)),
            Tab("exhausted", "Given up", owed & Q(status=CollectionStatus.EXHAUSTED)),
            Tab("settled", "Settled", Q(status=CollectionStatus.SETTLED)),
        ),
        choices=(
            Choice("step", "Last step", "last_action", DunningAction.choices),
            Choice("currency", "Currency", "invoice__currency", [(code, code) for code in currencies]),
        ),
        columns=(
            Column("id", lambda c: c.public_id),
            Column("invoice", lambda c: c.invoice.number),
            Column("customer", lambda c: c.customer.public_id),
            Column("customer_name", lambda c: c.customer.name),
            Column("status", lambda c: c.status),
            Column("policy", lambda c: c.policy.name if c.policy else "Standard"),
            Column("last_step", lambda c: c.last_action),
            Column("failures", lambda c: c.failures),
            Column("currency", lambda c: c.invoice.currency),
            Column("due", lambda c: major(c.invoice.due_minor, c.invoice.currency)),
            Column("paid", lambda c: major(c.invoice.paid_minor, c.invoice.currency)),
            Column("first_failed_at", lambda c: c.first_failed_at),
            Column("next_attempt_at", lambda c: c.next_attempt_at),
            Column("next_step_at", lambda c: c.next_step_at),
            Column("last_failure", lambda c: c.last_failure),
        ),
        ordering=("-first_failed_at", "-id"),
    )
