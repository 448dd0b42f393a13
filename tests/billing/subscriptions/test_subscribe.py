from __future__ import annotations

import pytest

from apps.billing.errors import CardRequired
from apps.billing.services.subscriptions.subscribe import Purchase, subscribe
from apps.core.errors import InvalidInput
from apps.invoices.enums import InvoiceStatus
from apps.invoices.models import Invoice
from apps.plans.errors import PlanNotFound, PriceUnavailable
from apps.subscriptions.enums import CollectionMethod, SubscriptionStatus
from apps.subscriptions.errors import SubscriptionRefused
from apps.subscriptions.models import Subscription
from tests.factories.billing import STARTED_AT, make_card, subscribe_to, utc
from tests.factories.customers import make_customer
from tests.factories.plans import flat_price, make_free_plan, make_meter, make_plan, metered_price, seat_price

pytestmark = pytest.mark.django_db


def test_subscribe_bills_the_first_period_in_advance() -> None:
    subscribed = subscribe_to()

    subscription, (invoice,) = subscribed.subscription, subscribed.invoices
    assert subscription.status == SubscriptionStatus.ACTIVE
    assert subscription.current_period_starts_at == STARTED_AT
    assert subscription.current_period_ends_at == utc(2026, 2, 28)
    assert subscription.next_bill_at == utc(2026, 2, 28)
    assert (invoice.status, invoice.total_minor, invoice.currency) == (InvoiceStatus.OPEN, 2900, "EUR")


def test_subscribe_with_usage_bills_only_the_fee_at_first() -> None:
    plan = make_plan(prices=[flat_price(), metered_price(make_meter())])

    (invoice,) = subscribe_to(plan).invoices

    assert [(line.kind, line.amount_minor) for line in invoice.lines.all()] == [("recurring", 2900)]


def test_subscribe_to_usage_only_issues_no_first_invoice() -> None:
    plan = make_plan(prices=[metered_price(make_meter())])

    subscribed = subscribe_to(plan)

    assert subscribed.invoices == []
    assert subscribed.subscription.next_bill_at == utc(2026, 2, 28)


def test_subscribe_with_quantity_multiplies_seats_only() -> None:
    plan = make_plan(prices=[flat_price("10.00"), seat_price("12.50")])

    (invoice,) = subscribe_to(plan, quantity=4).invoices

    assert [(line.quantity, line.amount_minor) for line in invoice.lines.all()] == [(1, 1000), (4, 5000)]


def test_subscribe_with_trial_bills_nothing_until_it_ends() -> None:
    plan = make_plan(version={"trial_days": 14})

    subscribed = subscribe_to(plan, card=False)

    assert subscribed.invoices == []
    assert subscribed.subscription.status == SubscriptionStatus.TRIALING
    assert subscribed.subscription.trial_ends_at == utc(2026, 2, 14, 9, 30)
    assert subscribed.subscription.next_bill_at == utc(2026, 2, 14, 9, 30)
    assert subscribed.subscription.trial_reminder_at == utc(2026, 2, 7, 9, 30)


def test_subscribe_with_calendar_alignment_prorates_the_first_part() -> None:
    plan = make_plan(prices=[flat_price("31.00")], version={"alignment": "calendar"})

    subscribed = subscribe_to(plan, at=utc(2026, 1, 17, 12))

    (invoice,) = subscribed.invoices
    assert invoice.total_minor == 1500
    assert subscribed.subscription.current_period_ends_at == utc(2026, 2, 1)


def test_subscribe_counts_days_in_the_customers_zone() -> None:
    customer = make_customer(time_zone="Asia/Tokyo")
    at = utc(2026, 1, 30, 20)  # already the 31st in Tokyo

    subscription = subscribe_to(customer=customer, at=at).subscription

    assert subscription.current_period_ends_at == utc(2026, 2, 27, 15)


def test_subscribe_without_card_is_refused_and_leaves_nothing() -> None:
    with pytest.raises(CardRequired) as refused:
        subscribe_to(card=False)

    assert refused.value.field == "payment_method"
    assert Subscription.objects.count() == 0
    assert Invoice.objects.count() == 0


def test_subscribe_without_card_is_fine_for_sent_invoices_and_free_plans() -> None:
    free = make_free_plan()

    sent = subscribe_to(card=False, collection_method=CollectionMethod.SEND_INVOICE)
    gratis = subscribe_to(free, card=False)

    assert sent.subscription.status == SubscriptionStatus.ACTIVE
    assert [invoice.status for invoice in gratis.invoices] == [InvoiceStatus.CLOSED]


def test_subscribe_with_trial_that_requires_card_is_refused_without() -> None:
    plan = make_plan(version={"trial_days": 14, "trial_requires_card": True})

    with pytest.raises(CardRequired):
        subscribe_to(plan, card=False)


@pytest.mark.parametrize(
    ("purchase", "error", "field"),
    [
        ({"plan_code": "no-such-plan"}, PlanNotFound, "plan"),
        ({"currency": "JPY"}, PriceUnavailable, "currency"),
        ({"quantity": 0}, InvalidInput, "quantity"),
        ({"quantity": 2}, InvalidInput, "quantity"),
        ({"trial_days": 800}, InvalidInput, "trial_days"),
    ],
)
def test_subscribe_with_bad_input_names_the_field(
    purchase: dict[str, object], error: type[Exception], field: str
) -> None:
    customer = make_customer()
    make_card(customer)
    plan = make_plan()

    with pytest.raises(error) as refused:
        subscribe(
            customer=customer,
            purchase=Purchase(**{"plan_code": plan.code, **purchase}),  # type: ignore[arg-type]
            at=STARTED_AT,
        )

    assert refused.value.field == field  # type: ignore[attr-defined]
    assert Subscription.objects.count() == 0


def test_subscribe_twice_with_one_external_id_is_refused() -> None:
    first = subscribe_to(external_id="contract-7")
    customer = first.subscription.customer

    with pytest.raises(SubscriptionRefused) as refused:
        subscribe_to(customer=customer, card=False, external_id="contract-7")

    assert refused.value.field == "external_id"
    assert Subscription.objects.count() == 1


def test_subscribe_bills_the_new_plan_while_an_older_one_waits_for_the_run() -> None:
    older = subscribe_to().subscription

    subscribed = subscribe_to(
        make_plan(prices=[flat_price("5.00")]), customer=older.customer, card=False, at=utc(2026, 3, 10)
    )

    (invoice,) = subscribed.invoices
    assert [line.subscription_id for line in invoice.lines.all()] == [subscribed.subscription.pk]
    assert subscribed.subscription.current_period_ends_at == utc(2026, 4, 10)
    older.refresh_from_db()
    assert older.next_bill_at == utc(2026, 2, 28)
