"""The lists of customers and of their subscriptions."""

from __future__ import annotations

from django.db.models import Q

from apps.backoffice.csv_export import Column
from apps.backoffice.listing import Choice, ListSpec, Tab
from apps.backoffice.lists.words import currency_choice, customer_words, of_customer
from apps.subscriptions.enums import SubscriptionStatus


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
        choices=(currency_choice(currencies),),
        columns=(
            Column("id", lambda c: c.public_id),
            Column("external_id"),
            Column("name"),
            Column("email"),
            Column("currency"),
            Column("country"),
            Column("created_at"),
        ),
    )


def subscription_list(plans: list[tuple[str, str]], currencies: list[str]) -> ListSpec:
    return ListSpec(
        name="subscriptions",
        template="backoffice/subscriptions.html",
        search=lambda words: of_customer(words) | Q(public_id=words) | Q(external_id=words),
        placeholder="Customer, e-mail or id",
        dated="created_at",
        tabs=(
            Tab("", "All"),
            *(Tab(s.value, s.label, Q(status=s)) for s in SubscriptionStatus),
        ),
        choices=(
            Choice("plan", "Plan", "plan_version__plan__code", plans),
            currency_choice(currencies),
        ),
        columns=(
            Column("id", lambda s: s.public_id),
            Column("customer", lambda s: s.customer.public_id),
            Column("customer_name", lambda s: s.customer.name),
            Column("plan", lambda s: s.plan_version.plan.code),
            Column("quantity"),
            Column("currency"),
            Column("status"),
            Column("started_at"),
            Column("current_period_ends_at"),
            Column("ended_at"),
            Column("cancel_reason"),
        ),
    )
