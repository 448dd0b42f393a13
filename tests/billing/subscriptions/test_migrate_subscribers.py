from __future__ import annotations

import io
from datetime import datetime
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from apps.billing.errors import MigrationRefused
from apps.billing.services.run.bill_customer import bill_customer
from apps.billing.services.subscriptions.cancel import cancel_at_period_end
from apps.billing.services.subscriptions.change_plan import ChangeRequest, change_plan
from apps.billing.services.subscriptions.migrate_subscribers import Migration, migrate_subscribers
from apps.invoices.models import Invoice
from apps.plans.models import Plan
from apps.plans.policies import Timing
from apps.subscriptions.models import ScheduledChange, Subscription
from tests.factories.api_clients import make_api_client
from tests.factories.billing import make_card, subscribe_to, utc
from tests.factories.customers import make_brand, make_customer, make_test_clock
from tests.factories.plans import flat_price, make_plan, make_plan_version, seat_price

pytestmark = pytest.mark.django_db

NOW = utc(2026, 1, 20)
RENEWS_AT = utc(2026, 2, 15)


def two_versions(**subscribed: Any) -> tuple[Plan, Subscription]:
    """A plan whose seat went from 10.00 to 12.00, and who bought 3 of them before, on 15 January."""
    plan = make_plan(code="team", prices=[seat_price("10.00")])
    subscription = subscribe_to(plan, at=utc(2026, 1, 15), quantity=3, **subscribed).subscription
    make_plan_version(plan=plan, prices=[seat_price("12.00")])
    return plan, subscription


def migrate(plan: Plan, **options: Any) -> Migration:
    values = {"to_version": 2, "now_for": lambda subscription: NOW, "dry_run": False}
    return migrate_subscribers(plan=plan, **values | options)


def bill(subscription: Subscription, at: datetime) -> list[Invoice]:
    return bill_customer(customer_id=subscription.customer_id, at=at)


def left(migration: Migration) -> list[str]:
    return [row.left_because for row in migration.rows]


def test_dry_run_tells_each_subscriber_and_the_sum_and_schedules_nothing() -> None:
    plan, subscription = two_versions()

    migration = migrate(plan, dry_run=True)

    (row,) = migration.rows
    assert (row.subscription, row.from_version, row.effective_at) == (subscription, 1, RENEWS_AT)
    assert (row.fee_now_minor, row.fee_then_minor) == (3000, 3600)
    (total,) = migration.totals
    assert (total.currency, total.subscriptions, total.fee_now_minor, total.fee_then_minor) == (
        "EUR",
        1,
        3000,
        3600,
    )
    assert not ScheduledChange.objects.exists()


def test_subscriber_pays_the_new_version_from_its_renewal_on() -> None:
    plan, subscription = two_versions()

    migrate(plan)

    assert [invoice.total_minor for invoice in bill(subscription, RENEWS_AT)] == [3600]
    subscription.refresh_from_db()
    assert (subscription.plan_version.number, subscription.quantity) == (2, 3)
    assert [invoice.total_minor for invoice in bill(subscription, utc(2026, 3, 15))] == [3600]


def test_migrating_twice_is_once() -> None:
    plan, _ = two_versions()
    migrate(plan)

    again = migrate(plan)

    assert left(again) == ["scheduled_already"]
    assert ScheduledChange.objects.count() == 1


def test_more_seats_wished_for_meanwhile_come_at_the_new_price() -> None:
    plan, subscription = two_versions()
    migrate(plan)

    change_plan(
        subscription_id=subscription.pk,
        request=ChangeRequest("team", quantity=5, timing=Timing.PERIOD_END),
        at=NOW,
    )

    assert [invoice.total_minor for invoice in bill(subscription, RENEWS_AT)] == [6000]


def test_trial_converts_into_the_new_version() -> None:
    plan = make_plan(prices=[flat_price("10.00")], version={"trial_days": 14})
    subscription = subscribe_to(plan, at=utc(2026, 1, 15)).subscription
    make_plan_version(plan=plan, prices=[flat_price("12.00")])

    migrate(plan)

    assert [invoice.total_minor for invoice in bill(subscription, utc(2026, 1, 29))] == [1200]


def test_renewal_that_no_run_has_come_to_is_the_new_versions() -> None:
    plan, subscription = two_versions()

    migrate(plan, now_for=lambda subscription: utc(2026, 2, 20))

    assert [invoice.total_minor for invoice in bill(subscription, utc(2026, 2, 20))] == [3600]


def test_who_ends_moves_or_has_no_price_there_is_left() -> None:
    plan = make_plan(prices=[flat_price("10.00"), flat_price("11.00", "USD")])
    brand = make_brand()
    ends, moves, dollars = (
        subscribe_to(
            plan, customer=make_customer(brand=brand), at=utc(2026, 1, 15), currency=currency
        ).subscription
        for currency in ("EUR", "EUR", "USD")
    )
    make_plan_version(plan=plan, prices=[flat_price("12.00")])
    cancel_at_period_end(subscription=ends, reason="other", comment="", at=NOW)
    other = ChangeRequest(make_plan().code, timing=Timing.PERIOD_END)
    change_plan(subscription_id=moves.pk, request=other, at=NOW)

    migration = migrate(plan)

    assert left(migration) == ["ends_before", "moves_to_another_plan", "price_unavailable"]
    assert (migration.moved, migration.totals) == ([], [])
    assert dollars.changes.count() == 0


def test_only_those_of_the_named_version_and_brand_go_over() -> None:
    plan, subscription = two_versions()
    newer = subscribe_to(plan, customer=subscription.customer, card=False, at=NOW).subscription
    make_plan_version(plan=plan, prices=[seat_price("15.00")])

    named = migrate(plan, to_version=3, from_version=2, dry_run=True)
    elsewhere = migrate(plan, to_version=3, tenant={"brand_id": make_brand().pk}, dry_run=True)

    assert [row.subscription for row in named.rows] == [newer]
    assert elsewhere.rows == []


def test_version_that_cannot_be_gone_over_to_is_refused() -> None:
    plan, _ = two_versions()
    make_plan_version(plan=plan, published=False)

    for wrong in ({"to_version": 3}, {"to_version": 2, "from_version": 2}):
        with pytest.raises(MigrationRefused):
            migrate(plan, **wrong)


def test_command_lists_and_sums() -> None:
    clock = make_test_clock(now_at=NOW)
    customer = make_customer(test_clock=clock)
    make_card(customer)
    two_versions(customer=customer, card=False)
    said = io.StringIO()

    call_command("migrate_subscribers", "team", "--from", "1", "--to", "2", "--dry-run", stdout=said)
    assert not ScheduledChange.objects.exists()
    call_command("migrate_subscribers", "team", "--to", "2", stdout=said)

    subscription = Subscription.objects.get()
    row = f"{subscription.public_id}  2026-02-15 00:00Z  €30.00 -> €36.00"
    total = "Total: 1  €30.00 -> €36.00"
    assert said.getvalue().splitlines() == [
        row,
        total,
        "Would schedule: 1 of 1.",
        row,
        total,
        "Scheduled: 1 of 1.",
    ]


def test_command_refuses_an_unknown_plan_or_version() -> None:
    make_plan(code="team")

    for arguments in (("none", "--to", "1"), ("team", "--to", "9")):
        with pytest.raises(CommandError):
            call_command("migrate_subscribers", *arguments)


def test_api_is_a_dry_run_unless_told_otherwise() -> None:
    clock = make_test_clock(now_at=NOW)
    customer = make_customer(test_clock=clock)
    make_card(customer)
    _, subscription = two_versions(customer=customer, card=False)
    client = make_api_client(brand=customer.brand)
    path = "/api/v1/plans/team/migrations"

    tried = client.post(path, {"to_version": 2}).json()
    assert not ScheduledChange.objects.exists()
    done = client.post(path, {"from_version": 1, "to_version": 2, "dry_run": False}).json()

    assert (tried["dry_run"], done["dry_run"]) == (True, False)
    (shown,) = done["subscriptions"]
    assert (shown["subscription"], shown["effective_at"]) == (
        subscription.public_id,
        "2026-02-15T00:00:00Z",
    )
    assert done["totals"] == [
        {"currency": "EUR", "subscriptions": 1, "fee_now_minor": 3000, "fee_then_minor": 3600}
    ]
    assert ScheduledChange.objects.get().planned


def test_api_moves_only_subscribers_of_the_keys_brand_and_mode() -> None:
    _, subscription = two_versions()
    body = {"to_version": 2, "dry_run": False}

    for stranger in (
        make_api_client(brand=make_brand()),
        make_api_client(brand=subscription.brand, livemode=True),
    ):
        answer = stranger.post("/api/v1/plans/team/migrations", body)
        assert (answer.status_code, answer.json()["subscriptions"]) == (200, [])
    assert not ScheduledChange.objects.exists()
