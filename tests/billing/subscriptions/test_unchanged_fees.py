"""A change of seats leaves the fees that it does not change: neither credited nor billed again."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from django.db.models import QuerySet

from apps.billing.services.corrections.credit_invoice import credit_invoice
from apps.billing.services.run.bill_customer import bill_customer
from apps.billing.services.subscriptions.carry_out import CancelRequest, carry_out
from apps.billing.services.subscriptions.change_plan import ChangeRequest, change_plan
from apps.invoices.enums import CreditReason, Disposition
from apps.invoices.models import Invoice, InvoiceLine
from apps.invoices.services.plan_credit import CreditItem
from apps.plans.models import MinimumCommitment, Plan
from apps.plans.policies import Timing
from apps.plans.services.publish_version import publish_version
from apps.subscriptions.models import Subscription, SubscriptionItem
from apps.subscriptions.services.withdraw_change import withdraw_change
from tests.factories.billing import subscribe_to, utc
from tests.factories.plans import flat_price, make_plan, seat_price

pytestmark = pytest.mark.django_db

# June has 30 days, July 31.
START = utc(2026, 6, 1)
MIDDLE = utc(2026, 6, 16)


def team(base: str = "30.00", **version: Any) -> Plan:
    return make_plan(prices=[flat_price(base), seat_price("10.00")], version=version)


def seats(subscription: Subscription, quantity: int, at: datetime = MIDDLE) -> list[tuple[str, str, int]]:
    return change(subscription, subscription.plan_version.plan, at, quantity=quantity)


def change(subscription: Subscription, plan: Plan, at: datetime, **wish: Any) -> list[tuple[str, str, int]]:
    request = ChangeRequest(plan_code=plan.code, timing=Timing.NOW, **wish)
    made = change_plan(subscription_id=subscription.pk, request=request, at=at)
    return [line for invoice in made.invoices for line in lines_of(invoice)]


def lines_of(invoice: Invoice) -> list[tuple[str, str, int]]:
    return [(code_of(line), line.kind, line.amount_minor) for line in invoice.lines.all()]


def code_of(line: InvoiceLine) -> str:
    return SubscriptionItem.objects.get(pk=line.item_id).price.code


def base_fees() -> QuerySet[InvoiceLine]:
    items = SubscriptionItem.objects.filter(price__code="base")
    return InvoiceLine.objects.filter(item_id__in=items.values("pk")).order_by("id")


def test_more_seats_leave_the_base_fee() -> None:
    subscription = subscribe_to(team(), at=START, quantity=2).subscription

    lines = seats(subscription, 5)

    assert lines == [("seats", "recurring", 2500), ("seats", "credit", -1000)]


def test_base_fee_that_two_changes_left_is_given_back_once_by_another_plan() -> None:
    subscription = subscribe_to(team(), at=START, quantity=2).subscription
    seats(subscription, 5, utc(2026, 6, 7))
    seats(subscription, 8)

    lines = change(subscription, make_plan(prices=[flat_price("90.00")]), utc(2026, 6, 21), quantity=1)

    assert lines == [
        ("base", "recurring", 3000),
        ("base", "credit", -1000),
        ("seats", "credit", -2667),
    ]


def test_changes_of_one_instant_give_the_base_fee_back_once() -> None:
    subscription = subscribe_to(team(), at=START, quantity=2).subscription
    seats(subscription, 5)

    lines = change(subscription, make_plan(prices=[flat_price("90.00")]), MIDDLE, quantity=1)

    assert [line for line in lines if line[0] == "base"] == [
        ("base", "recurring", 4500),
        ("base", "credit", -1500),
    ]


def test_base_fee_is_billed_whole_by_the_renewal() -> None:
    subscription = subscribe_to(team(), at=START, quantity=2).subscription
    seats(subscription, 5)

    (renewal,) = bill_customer(customer_id=subscription.customer_id, at=utc(2026, 7, 1))

    assert lines_of(renewal) == [("base", "recurring", 3000), ("seats", "recurring", 5000)]


def test_what_staff_credited_of_the_base_fee_counts_once() -> None:
    subscription = subscribe_to(team(), at=START, quantity=2).subscription
    fee = base_fees().get()
    credit_invoice(
        invoice_id=fee.invoice_id,
        items=[CreditItem(fee.pk, amount_minor=2000)],
        reason=CreditReason.OTHER,
        disposition=Disposition.AUTOMATIC,
        at=utc(2026, 6, 2),
    )

    lines = seats(subscription, 3, utc(2026, 6, 4))

    # Of the base fee 10.00 could be credited for the days that are left, and 27.00 would be billed again.
    assert lines == [("seats", "recurring", 2700), ("seats", "credit", -1800)]


def test_fee_that_is_not_prorated_is_not_billed_twice() -> None:
    plan = make_plan(prices=[flat_price("30.00", prorated=False), seat_price("10.00")])
    subscription = subscribe_to(plan, at=START).subscription

    assert seats(subscription, 2) == [("seats", "recurring", 1000), ("seats", "credit", -500)]


def test_fee_without_parts_is_billed_once_in_a_period_that_was_cut() -> None:
    subscription = subscribe_to(team(policies={"proration_unit": "none"}), at=START).subscription
    carry_out(subscription=subscription, request=CancelRequest(effective_at=utc(2026, 7, 21)), at=START)
    bill_customer(customer_id=subscription.customer_id, at=utc(2026, 7, 1))
    withdraw_change(subscription_id=subscription.pk, at=utc(2026, 7, 5))
    bill_customer(customer_id=subscription.customer_id, at=utc(2026, 7, 21))

    lines = seats(subscription, 2, utc(2026, 7, 26))

    assert lines == [("seats", "recurring", 2000)]


def test_new_period_bills_the_base_fee_anew() -> None:
    plan = team()
    subscription = subscribe_to(plan, at=START).subscription

    lines = change(subscription, plan, MIDDLE, quantity=2, restarts_period=True)

    assert sorted(lines) == [
        ("base", "credit", -1500),
        ("base", "recurring", 3000),
        ("seats", "credit", -500),
        ("seats", "recurring", 2000),
    ]


def test_change_without_proration_leaves_the_base_fee_to_the_next_change_too() -> None:
    plan = team()
    subscription = subscribe_to(plan, at=START).subscription
    assert change(subscription, plan, utc(2026, 6, 7), quantity=2, prorates=False) == []

    lines = seats(subscription, 3)

    # The second seat was not paid for: only one is given back.
    assert lines == [("seats", "recurring", 1500), ("seats", "credit", -500)]


def test_void_base_fee_is_billed_for_the_rest() -> None:
    subscription = subscribe_to(team(), at=START).subscription
    base_fees().update(voided_at=START)

    assert seats(subscription, 2) == [
        ("base", "recurring", 1500),
        ("seats", "recurring", 1000),
        ("seats", "credit", -500),
    ]


def test_end_that_is_taken_back_behind_a_change_bills_the_rest_of_the_base_fee() -> None:
    subscription = subscribe_to(team("31.00"), at=START).subscription
    on = utc(2026, 7, 21)
    carry_out(subscription=subscription, request=CancelRequest(effective_at=on), at=START)
    bill_customer(customer_id=subscription.customer_id, at=utc(2026, 7, 1))
    seats(subscription, 2, utc(2026, 7, 11))
    withdraw_change(subscription_id=subscription.pk, at=utc(2026, 7, 15))

    (rest,) = bill_customer(customer_id=subscription.customer_id, at=on)

    fees = base_fees().filter(period_starts_at__gte=utc(2026, 7, 1))
    assert [line.amount_minor for line in fees] == [2000, 1100]
    assert [code for code, _, _ in lines_of(rest)] == ["base", "seats"]


def test_end_that_is_taken_back_before_a_change_bills_what_is_not_paid_at_once() -> None:
    subscription = subscribe_to(team("31.00"), at=START).subscription
    carry_out(subscription=subscription, request=CancelRequest(effective_at=utc(2026, 7, 21)), at=START)
    bill_customer(customer_id=subscription.customer_id, at=utc(2026, 7, 1))
    withdraw_change(subscription_id=subscription.pk, at=utc(2026, 7, 5))

    lines = seats(subscription, 2, utc(2026, 7, 11))

    assert [line for line in lines if line[0] == "base"] == [("base", "recurring", 1100)]


def test_fee_that_goes_on_counts_toward_the_commitment_of_each_part() -> None:
    plan = make_plan(prices=[flat_price("30.00"), seat_price("1.00")], published=False)
    draft = plan.versions.get()
    MinimumCommitment.objects.create(version=draft, currency="EUR", amount_minor=10000)
    publish_version(version_id=draft.pk, at=START)
    subscription = subscribe_to(plan, at=START).subscription

    lines = seats(subscription, 3)
    (renewal,) = bill_customer(customer_id=subscription.customer_id, at=utc(2026, 7, 1))

    # 50.00 for each half: less 31.00 as billed, and less 15.00 that go on and 1.50 for the seats.
    assert [line[2] for line in lines if line[1] == "commitment"] == [1900]
    assert [line[2] for line in lines_of(renewal) if line[1] == "commitment"] == [3350]
