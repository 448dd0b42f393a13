"""The list of quotes."""

from __future__ import annotations

from django.db.models import Q

from apps.backoffice.csv_export import Column, major
from apps.backoffice.listing import ListSpec, Tab
from apps.backoffice.lists.words import currency_choice, of_customer
from apps.invoices.enums import QuoteStatus


def quote_list(currencies: list[str]) -> ListSpec:
    return ListSpec(
        name="quotes",
        template="backoffice/quotes.html",
        search=lambda words: (
            of_customer(words) | Q(public_id=words) | Q(plan_version__plan__name__icontains=words)
        ),
        placeholder="Customer, plan or id",
        dated="created_at",
        tabs=(Tab("", "All"), *(Tab(s.value, s.label, Q(status=s)) for s in QuoteStatus)),
        choices=(currency_choice(currencies),),
        columns=(
            Column("id", lambda q: q.public_id),
            Column("customer", lambda q: q.customer.public_id),
            Column("customer_name", lambda q: q.customer.name),
            Column("status"),
            Column("plan", lambda q: q.plan_version.plan.code),
            Column("plan_version", lambda q: q.plan_version.number),
            Column("currency"),
            Column("first_total", lambda q: major(q.first_total_minor, q.currency)),
            Column("next_total", lambda q: major(q.next_total_minor or 0, q.currency)),
            Column("created_at"),
            Column("expires_at"),
            Column("closed_at"),
        ),
    )
