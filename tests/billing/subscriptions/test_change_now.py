"""What a change inside a paid period bills: credit for the unused part, charge for the new plan's part."""

from __future__ import annotations

from datetime import datetime
from itertools import pairwise
from typing import Any

import pytest

from apps.billing.services.run.bill_customer import bill_customer
from apps.billing.services.subscriptions.change_plan import (
    ChangeRequest,
    change_plan,
    change_plan_at_period_end,
)
from apps.billing.services.subscriptions.make_change import ChangeMade
from apps.invoices.models import CreditNote, Invoice, InvoiceLine
from apps.plans.models import Plan
from apps.plans.policies import Timing
from apps.subscriptions.errors import SubscriptionRefused
from apps.subscriptions.models import Subscription, SubscriptionPeriod
from apps.wallets.selectors import balance_of
from tests.factories.billing import subscribe_to, utc
from tests.factories.plans import flat_price, make_meter, make_plan, metered_price, seat_price
from tests.factories.usage import make_event, send

pytestmark = pytest.mark.django_db

# June has 30 days, so that a day of a plan of 30 costs 1.
START = utc(2026, 6, 1)
MIDDLE = utc(2026, 6, 16, 10)


def plan_of(amount: str, **version: Any) -> Plan:
    return make_plan(prices=[flat_price(amount)], version=version)


def started(plan: Plan, **purchase: Any) -> Subscription:
    return subscribe_to(plan, at=START, **purchase).subscription


def change_now(subscription: Subscription, plan: Plan, *, at: datetime = MIDDLE, **wish: Any) -> ChangeMade:
    request = ChangeRequest(plan_code=plan.code, timing=Timing.NOW, **wish)
    return change_plan(subscription_id=subscription.pk, request=request, at=at)


def lines_of(invoice: Invoice) -> list[tuple[str, int]]:
    return [(line.kind, line.amount_minor) for line in invoice.lines.all()]


def days_of(line: InvoiceLine) -> tuple[str, str]:
    assert line.period_starts_at is not None
    assert line.period_ends_at is not None
    return f"{line.period_starts_at:%m-%d}", f"{line.period_ends_at:%m-%d}"


def test_upgrade_now_charges_the_rest_and_credits_what_is_unused_of_the_old_plan() -> None:
    subscription = started(plan_of("30.00"))

    (invoice,) = change_now(subscription, plan_of("60.00")).invoices

    assert lines_of(invoice) == [("recurring", 3000), ("credit", -1500)]
    assert [days_of(line) for line in invoice.lines.all()] == [("06-16", "07-01"), ("06-16", "07-01")]
    assert (invoice.total_minor, invoice.balance_credited_minor) == (1500, 0)


def test_credit_names_the_line_it_takes_back_from_and_says_why() -> None:
    subscription = started(plan_of("30.00"))
    billed = InvoiceLine.objects.get()

    (invoice,) = change_now(subscription, plan_of("60.00")).invoices
    credit = invoice.lines.get(kind="credit")

    assert credit.credits_line == billed
    assert [step["kind"] for step in credit.trace["steps"]][:1] == ["unused_part"]


def test_downgrade_now_leaves_the_rest_on_the_balance_which_pays_the_renewal() -> None:
    subscription = started(plan_of("60.00"))

    (invoice,) = change_now(subscription, plan_of("30.00")).invoices
    (renewal,) = bill_customer(customer_id=subscription.customer_id, at=utc(2026, 7, 1))

    assert (invoice.subtotal_minor, invoice.total_minor, invoice.balance_credited_minor) == (-1500, 0, 1500)
    assert (renewal.total_minor, renewal.balance_applied_minor, renewal.due_minor) == (3000, 1500, 1500)
    assert balance_of(subscription.customer_id, "EUR") == 0


def test_there_and_back_on_the_same_day_costs_nothing() -> None:
    small, large = plan_of("30.00"), plan_of("60.00")
    subscription = started(small)

    (there,) = change_now(subscription, large).invoices
    (back,) = change_now(subscription, small, at=utc(2026, 6, 16, 11)).invoices

    assert there.subtotal_minor + back.subtotal_minor == 0
    assert balance_of(subscription.customer_id, "EUR") == 1500


def test_second_change_of_the_same_instant_gives_the_first_plan_back_only_once() -> None:
    small, large, larger = plan_of("30.00"), plan_of("60.00"), plan_of("90.00")
    subscription = started(small)

    (first,) = change_now(subscription, large).invoices
    (second,) = change_now(subscription, larger).invoices

    assert lines_of(first) == [("recurring", 3000), ("credit", -1500)]
    assert lines_of(second) == [("recurring", 4500), ("credit", -3000)]


def test_change_at_the_very_start_of_a_period_gives_back_all_of_it() -> None:
    subscription = started(plan_of("29.99"))

    (invoice,) = change_now(subscription, plan_of("60.00"), at=START).invoices

    assert lines_of(invoice) == [("recurring", 6000), ("credit", -2999)]


def test_change_on_a_boundary_bills_the_new_plan_only() -> None:
    subscription = started(plan_of("30.00"))

    (invoice,) = change_now(subscription, plan_of("60.00"), at=utc(2026, 7, 1)).invoices

    assert lines_of(invoice) == [("recurring", 6000)]


def test_policy_credit_note_gives_back_on_the_invoice_that_billed() -> None:
    subscription = started(plan_of("30.00", policies={"change_credit": "credit_note"}))
    original = Invoice.objects.get()

    (invoice,) = change_now(subscription, plan_of("60.00")).invoices
    note = CreditNote.objects.get()

    assert lines_of(invoice) == [("recurring", 3000)]
    # The first invoice is unpaid yet: what it has due is reduced.
    assert (note.invoice, note.total_minor, note.offset_minor) == (original, 1500, 1500)


def test_policy_none_credits_nothing() -> None:
    subscription = started(plan_of("30.00", policies={"change_credit": "none"}))

    (invoice,) = change_now(subscription, plan_of("60.00")).invoices

    assert lines_of(invoice) == [("recurring", 3000)]


def test_change_without_proration_waits_for_the_renewal_with_its_money() -> None:
    subscription = started(plan_of("30.00"))
    larger = plan_of("60.00")

    made = change_now(subscription, larger, prorates=False)
    (renewal,) = bill_customer(customer_id=subscription.customer_id, at=utc(2026, 7, 1))

    subscription.refresh_from_db()
    assert (made.invoices, subscription.plan_version.plan) == ([], larger)
    assert lines_of(renewal) == [("recurring", 6000)]


def test_restarted_period_is_charged_in_full_from_the_change() -> None:
    subscription = started(plan_of("30.00"))

    (invoice,) = change_now(subscription, plan_of("60.00"), restarts_period=True).invoices
    subscription.refresh_from_db()

    assert lines_of(invoice) == [("recurring", 6000), ("credit", -1500)]
    assert subscription.current_period_ends_at == utc(2026, 7, 16)


def test_seat_added_now_is_charged_for_the_days_that_are_left() -> None:
    plan = make_plan(prices=[seat_price("30.00")])
    subscription = started(plan, quantity=2)

    (invoice,) = change_now(subscription, plan, quantity=3).invoices

    assert lines_of(invoice) == [("recurring", 4500), ("credit", -3000)]


def test_month_to_year_now_begins_a_year_and_credits_the_month() -> None:
    subscription = started(plan_of("30.00"))
    yearly = make_plan(prices=[flat_price("300.00", interval="year")])

    (invoice,) = change_now(subscription, yearly).invoices
    subscription.refresh_from_db()

    assert lines_of(invoice) == [("recurring", 30000), ("credit", -1500)]
    assert subscription.current_period_ends_at == utc(2027, 6, 16)


def test_fee_in_arrears_is_billed_for_its_days_at_the_change() -> None:
    subscription = started(make_plan(prices=[flat_price("30.00", timing="in_arrears")]))

    (invoice,) = change_now(subscription, plan_of("60.00")).invoices

    assert lines_of(invoice) == [("recurring", 3000), ("recurring", 1500)]


def test_day_of_the_change_belongs_to_the_old_plan_where_its_policy_says_so() -> None:
    policies = {"change_day": "old_plan"}
    subscription = started(plan_of("30.00", policies=policies))

    (invoice,) = change_now(subscription, plan_of("60.00", policies=policies)).invoices

    assert lines_of(invoice) == [("recurring", 2800), ("credit", -1400)]


def test_proration_by_the_second_takes_the_instant() -> None:
    policies = {"proration_unit": "second"}
    subscription = started(plan_of("30.00", policies=policies))

    (invoice,) = change_now(subscription, plan_of("60.00", policies=policies), at=utc(2026, 6, 16)).invoices
    (later,) = change_now(subscription, plan_of("90.00", policies=policies), at=utc(2026, 6, 16, 12)).invoices

    assert lines_of(invoice) == [("recurring", 3000), ("credit", -1500)]
    assert lines_of(later) == [("recurring", 4350), ("credit", -2900)]


def test_change_costs_the_whole_difference_where_nothing_is_prorated() -> None:
    policies = {"proration_unit": "none"}
    subscription = started(plan_of("30.00", policies=policies))

    (invoice,) = change_now(subscription, plan_of("60.00", policies=policies)).invoices

    assert lines_of(invoice) == [("recurring", 6000), ("credit", -3000)]


def test_usage_until_the_change_is_billed_at_the_old_price() -> None:
    meter = make_meter(code="call")
    old = make_plan(prices=[flat_price("30.00"), metered_price(meter, unit_amount="1.00")])
    new = make_plan(prices=[flat_price("60.00"), metered_price(meter, unit_amount="2.00")])
    subscription = started(old)
    customer = subscription.customer
    for day in (10, 20):
        send(customer, make_event(customer, timestamp=utc(2026, 6, day)))

    (invoice,) = change_now(subscription, new).invoices
    (renewal,) = bill_customer(customer_id=customer.pk, at=utc(2026, 7, 1))

    assert ("usage", 100) in lines_of(invoice)
    assert ("usage", 200) in lines_of(renewal)


def test_change_on_a_day_to_come_happens_on_that_day() -> None:
    subscription = started(plan_of("30.00"))
    request = ChangeRequest(plan_code=plan_of("60.00").code, effective_at=utc(2026, 6, 21))

    made = change_plan(subscription_id=subscription.pk, request=request, at=MIDDLE)
    (invoice,) = bill_customer(customer_id=subscription.customer_id, at=utc(2026, 6, 21))

    assert made.invoices == []
    assert lines_of(invoice) == [("recurring", 2000), ("credit", -1000)]


def test_change_on_a_past_day_is_refused() -> None:
    subscription = started(plan_of("30.00"))
    request = ChangeRequest(plan_code=plan_of("60.00").code, effective_at=utc(2026, 6, 2))

    with pytest.raises(SubscriptionRefused, match="past"):
        change_plan(subscription_id=subscription.pk, request=request, at=MIDDLE)


def test_change_in_a_trial_keeps_its_end_and_costs_nothing() -> None:
    subscription = started(plan_of("30.00", trial_days=30))
    larger = plan_of("60.00")

    made = change_now(subscription, larger)
    (invoice,) = bill_customer(customer_id=subscription.customer_id, at=utc(2026, 7, 1))

    assert made.invoices == []
    assert lines_of(invoice) == [("recurring", 6000)]


def test_periods_stay_contiguous_through_changes() -> None:
    small, large = plan_of("30.00"), plan_of("60.00")
    subscription = started(small)
    change_now(subscription, large)
    change_now(subscription, small, at=utc(2026, 6, 20))
    bill_customer(customer_id=subscription.customer_id, at=utc(2026, 7, 1))

    spans = list(
        SubscriptionPeriod.objects.filter(subscription=subscription)
        .order_by("starts_at")
        .values_list("starts_at", "ends_at")
    )

    assert spans[0][0] == START
    assert all(before[1] == after[0] for before, after in pairwise(spans))


def test_change_without_proration_to_a_year_bills_the_year_at_once() -> None:
    subscription = started(plan_of("30.00"))
    yearly = make_plan(prices=[flat_price("300.00", interval="year")])

    (invoice,) = change_now(subscription, yearly, prorates=False).invoices

    assert lines_of(invoice) == [("recurring", 30000)]


def test_what_stays_paid_through_a_change_is_credited_by_the_next_one() -> None:
    subscription = started(plan_of("30.00"))
    change_now(subscription, plan_of("60.00"), prorates=False)

    (invoice,) = change_now(subscription, plan_of("90.00"), at=utc(2026, 6, 21)).invoices

    assert lines_of(invoice) == [("recurring", 3000), ("credit", -1000)]


OLD_PLANS_DAY = {"change_day": "old_plan"}


def test_whole_period_is_the_new_plans_own_whoever_owns_the_day_of_a_change() -> None:
    subscription = started(plan_of("30.00", policies=OLD_PLANS_DAY))
    larger = plan_of("60.00", policies=OLD_PLANS_DAY)

    change_plan_at_period_end(subscription=subscription, plan_code=larger.code, quantity=None, at=MIDDLE)
    (renewal,) = bill_customer(customer_id=subscription.customer_id, at=utc(2026, 7, 1))

    assert lines_of(renewal) == [("recurring", 6000)]


def test_day_of_a_change_is_billed_once_in_arrears() -> None:
    old = make_plan(prices=[flat_price("30.00", timing="in_arrears")], version={"policies": OLD_PLANS_DAY})
    new = make_plan(prices=[flat_price("60.00", timing="in_arrears")])
    subscription = started(old)

    (invoice,) = change_now(subscription, new).invoices
    (renewal,) = bill_customer(customer_id=subscription.customer_id, at=utc(2026, 7, 1))

    # 16 and 14 of 30 days.
    assert (lines_of(invoice), lines_of(renewal)) == ([("recurring", 1600)], [("recurring", 2800)])


def test_restarted_period_is_whole_whoever_owns_the_day_of_the_change() -> None:
    subscription = started(plan_of("30.00", policies=OLD_PLANS_DAY))
    larger = plan_of("60.00", policies=OLD_PLANS_DAY)

    (invoice,) = change_now(subscription, larger, restarts_period=True).invoices

    assert lines_of(invoice) == [("recurring", 6000), ("credit", -1400)]


@pytest.mark.parametrize("interval", ["quarter", "year"])
def test_more_seats_of_a_long_period_that_is_aligned_to_a_day_leave_its_end(interval: str) -> None:
    prices = [seat_price("92.00" if interval == "quarter" else "365.00", interval=interval)]
    plan = make_plan(prices=prices, version={"alignment": "billing_day"})
    subscription = started(plan, billing_day=1)
    ends_at = subscription.current_period_ends_at

    (invoice,) = change_now(subscription, plan, at=utc(2026, 8, 10), quantity=2).invoices

    # 22 days are left of the quarter, and 295 of the year, at 1.00 each.
    subscription.refresh_from_db()
    assert subscription.current_period_ends_at == ends_at
    assert invoice.subtotal_minor == (2200 if interval == "quarter" else 29500)


def test_wished_quantity_holds_where_the_only_seat_price_had_its_own() -> None:
    plan = make_plan(prices=[seat_price("30.00")])
    subscription = started(plan, quantities={"seats": 5})

    (invoice,) = change_now(subscription, plan, quantity=8).invoices

    assert lines_of(invoice) == [("recurring", 12000), ("credit", -7500)]


def test_wished_quantity_of_another_plan_holds_where_a_price_had_its_own() -> None:
    subscription = started(make_plan(prices=[seat_price("30.00")]), quantities={"seats": 5})

    (invoice,) = change_now(subscription, make_plan(prices=[seat_price("60.00")]), quantity=2).invoices

    assert lines_of(invoice) == [("recurring", 6000), ("credit", -7500)]


def test_one_seat_where_the_only_seat_price_had_more_is_a_change() -> None:
    plan = make_plan(prices=[seat_price("30.00")])
    subscription = started(plan, quantities={"seats": 5})

    (invoice,) = change_now(subscription, plan, quantity=1).invoices

    assert lines_of(invoice) == [("recurring", 1500), ("credit", -7500)]


def test_wished_quantity_leaves_another_price_its_own() -> None:
    prices = [seat_price("30.00"), seat_price("15.00", code="light", name="Light")]
    plan = make_plan(prices=prices)
    subscription = started(plan, quantity=2, quantities={"light": 7})

    change_now(subscription, plan, quantity=3)

    subscription.refresh_from_db()
    items = subscription.items.filter(ends_at=None).values_list("price__code", "quantity")
    assert (subscription.quantity, sorted(items)) == (3, [("light", 7), ("seats", 3)])
