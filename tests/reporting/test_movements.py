from __future__ import annotations

from datetime import date, datetime
from fractions import Fraction

import pytest

from apps.audit.models import OutboxPosition
from apps.audit.services.seal import drain_unsealed
from apps.billing.services.run.bill_customer import bill_customer
from apps.billing.services.subscriptions.cancel import cancel_at_period_end, cancel_now
from apps.billing.services.subscriptions.change_plan import change_plan_at_period_end
from apps.billing.services.subscriptions.pause import pause, resume
from apps.billing.services.subscriptions.subscribe import Purchase, subscribe
from apps.pricing.periods.cadence import Cadence, Interval
from apps.reporting.enums import MovementKind
from apps.reporting.models import MrrMovement
from apps.reporting.mrr import monthly_share
from apps.reporting.selectors.mrr import (
    currencies_in_use,
    movement_rows,
    movements_by_month,
    mrr_at,
    mrr_over_time,
    mrr_rows,
)
from apps.reporting.services.project import project_movements
from apps.reporting.services.rebuild_movements import Rebuilt, rebuild_movements
from apps.reporting.window import last_months
from apps.subscriptions.models import Subscription
from tests.factories.billing import STARTED_AT, make_card, subscribe_to, utc
from tests.factories.customers import make_customer
from tests.factories.plans import flat_price, make_free_plan, make_meter, make_plan, metered_price, seat_price

pytestmark = pytest.mark.django_db

NEW, EXPANSION, CONTRACTION, CHURN, REACTIVATION = (
    MovementKind.NEW,
    MovementKind.EXPANSION,
    MovementKind.CONTRACTION,
    MovementKind.CHURN,
    MovementKind.REACTIVATION,
)
FEBRUARY_END, MARCH_END = utc(2026, 2, 28), utc(2026, 3, 31)


def read_all() -> None:
    drain_unsealed()
    while project_movements():
        pass


def moved() -> list[tuple[str, int, int]]:
    read_all()
    return list(MrrMovement.objects.order_by("pk").values_list("kind", "delta_minor", "mrr_after_minor"))


def change_to(subscription: Subscription, plan_code: str, at: datetime, quantity: int | None = None) -> None:
    """Schedule a change and let its period end at `at`."""
    subscription.refresh_from_db()
    change_plan_at_period_end(
        subscription=subscription, plan_code=plan_code, quantity=quantity, at=STARTED_AT
    )
    bill_customer(customer_id=subscription.customer_id, at=at)
    subscription.refresh_from_db()


@pytest.mark.parametrize(
    ("interval", "count", "share"),
    [
        ("month", 1, Fraction(1)),
        ("month", 2, Fraction(1, 2)),
        ("quarter", 1, Fraction(1, 3)),
        ("half_year", 1, Fraction(1, 6)),
        ("year", 1, Fraction(1, 12)),
        ("year", 2, Fraction(1, 24)),
        ("week", 1, Fraction(52, 12)),
        ("week", 2, Fraction(26, 12)),
        ("day", 1, Fraction(365, 12)),
        ("day", 30, Fraction(365, 360)),
    ],
)
def test_monthly_share_is_exact(interval: str, count: int, share: Fraction) -> None:
    assert monthly_share(Cadence(Interval(interval), count)) == share


def test_new_subscription_counts_fees_and_seats_by_the_month_and_no_usage() -> None:
    yearly = flat_price("100.00", interval="year")
    seats = seat_price("12.50")
    plan = make_plan(prices=[yearly, seats, metered_price(make_meter())])

    subscribe_to(plan, quantity=3)

    # 100/12 + 37.50 = 45.8333…: rounded once.
    assert moved() == [(NEW, 4583, 4583)]


def test_month_of_several_prices_is_rounded_once() -> None:
    # 1/12 + 1/12 = 0.1666…: two roundings would make 0.16.
    prices = [flat_price("1.00", interval="year"), flat_price("1.00", code="more", interval="year")]

    subscribe_to(make_plan(prices=prices))

    assert moved() == [(NEW, 17, 17)]


def test_half_a_minor_unit_rounds_away_from_zero() -> None:
    subscribe_to(make_plan(prices=[flat_price("0.06", interval="year")]))

    assert moved() == [(NEW, 1, 1)]


def test_plan_and_quantity_changes_expand_and_contract() -> None:
    seats = make_plan(prices=[seat_price("10.00")])
    subscription = subscribe_to(seats, quantity=2).subscription
    change_to(subscription, seats.code, FEBRUARY_END, quantity=5)
    change_to(subscription, make_plan().code, MARCH_END, quantity=1)

    assert moved() == [(NEW, 2000, 2000), (EXPANSION, 3000, 5000), (CONTRACTION, -2100, 2900)]


def test_change_of_plan_and_quantity_at_one_instant_is_one_movement() -> None:
    seats = make_plan(prices=[seat_price("10.00")])
    subscription = subscribe_to().subscription

    change_to(subscription, seats.code, FEBRUARY_END, quantity=4)

    assert moved() == [(NEW, 2900, 2900), (EXPANSION, 1100, 4000)]


def test_end_of_the_last_subscription_is_churn_and_coming_back_reactivation() -> None:
    plan = make_plan()
    customer = make_customer()
    subscription = subscribe_to(plan, customer=customer).subscription
    cancel_at_period_end(subscription=subscription, reason="unused", comment="", at=STARTED_AT)
    bill_customer(customer_id=customer.pk, at=FEBRUARY_END)
    subscribe(customer=customer, purchase=Purchase(plan_code=plan.code), at=utc(2026, 5, 1))

    assert moved() == [(NEW, 2900, 2900), (CHURN, -2900, 0), (REACTIVATION, 2900, 2900)]
    assert set(MrrMovement.objects.values_list("plan_id", flat=True)) == {plan.pk}


def test_second_subscription_of_a_customer_expands_and_its_end_contracts() -> None:
    plan, customer = make_plan(), make_customer()
    subscribe_to(plan, customer=customer)
    second = subscribe(
        customer=customer, purchase=Purchase(plan_code=plan.code), at=utc(2026, 2, 1)
    ).subscription
    cancel_now(subscription_id=second.pk, reason="unused", comment="", at=utc(2026, 2, 2))

    assert moved() == [(NEW, 2900, 2900), (EXPANSION, 2900, 2900), (CONTRACTION, -2900, 0)]


def test_trial_counts_nothing_until_it_converts() -> None:
    subscription = subscribe_to(make_plan(version={"trial_days": 14})).subscription
    assert moved() == []

    bill_customer(customer_id=subscription.customer_id, at=utc(2026, 2, 14, 9, 30))

    assert moved() == [(NEW, 2900, 2900)]
    assert MrrMovement.objects.get().at == utc(2026, 2, 14, 9, 30)


def test_free_plan_moves_nothing() -> None:
    subscription = subscribe_to(make_free_plan(), card=False).subscription
    assert moved() == []
    make_card(subscription.customer)

    change_to(subscription, make_plan().code, FEBRUARY_END)

    assert moved() == [(NEW, 2900, 2900)]


def test_subscription_that_ends_as_it_began_leaves_nothing_however_it_is_read() -> None:
    subscription = subscribe_to().subscription
    assert moved() == [(NEW, 2900, 2900)]

    cancel_now(subscription_id=subscription.pk, reason="unused", comment="", at=STARTED_AT)

    assert moved() == []
    assert rebuild_movements() == Rebuilt(movements=0, corrected=0)


def make_history() -> Subscription:
    """One customer comes in January, grows in February, leaves in March; another comes in March."""
    seats = make_plan(prices=[seat_price("10.00")])
    subscription = subscribe_to(seats, quantity=2).subscription
    change_to(subscription, seats.code, FEBRUARY_END, quantity=5)
    cancel_at_period_end(subscription=subscription, reason="unused", comment="", at=FEBRUARY_END)
    subscribe_to(customer=make_customer(brand=subscription.brand), at=utc(2026, 3, 10))
    bill_customer(customer_id=subscription.customer_id, at=MARCH_END)
    return subscription


def test_rebuilding_gives_the_same_rows() -> None:
    make_history()
    read_all()
    assert rebuild_movements() == Rebuilt(movements=4, corrected=0)

    MrrMovement.objects.filter(kind=CHURN).delete()
    MrrMovement.objects.filter(kind=EXPANSION).update(delta_minor=1)

    # One was missing; one stood there wrong and is there right.
    assert rebuild_movements() == Rebuilt(movements=4, corrected=3)


def test_reading_the_log_again_gives_the_same_rows() -> None:
    make_history()
    before = moved()

    OutboxPosition.objects.filter(reader="reporting").update(seq=0)

    assert sorted(moved()) == sorted(before)


def test_bridge_adds_up_from_month_to_month() -> None:
    brand = make_history().brand
    read_all()
    window = last_months(4, brand_id=brand.pk, livemode=False, currency="EUR", at=utc(2026, 4, 15))

    bridge = movements_by_month(window)

    assert [(month.month, month.opening_minor, month.movements, month.closing_minor) for month in bridge] == [
        (date(2026, 1, 1), 0, {NEW: 2000}, 2000),
        (date(2026, 2, 1), 2000, {EXPANSION: 3000}, 5000),
        (date(2026, 3, 1), 5000, {NEW: 2900, CHURN: -5000}, 2900),
        (date(2026, 4, 1), 2900, {}, 2900),
    ]
    assert [month.opening_minor for month in bridge[1:]] == [month.closing_minor for month in bridge[:-1]]
    assert mrr_over_time(window)[-1] == (date(2026, 4, 1), mrr_at(window, utc(2026, 4, 15)))


def test_bridge_of_later_months_opens_with_what_was_before(django_assert_num_queries) -> None:
    brand = make_history().brand
    read_all()
    window = last_months(1, brand_id=brand.pk, livemode=False, currency="EUR", at=utc(2026, 3, 15))

    with django_assert_num_queries(1):
        (march,) = movements_by_month(window)

    assert (march.opening_minor, march.net_minor, march.closing_minor) == (5000, -2100, 2900)
    assert (march.moved(NEW), march.counts[NEW], march.moved(CONTRACTION)) == (2900, 1, 0)


def test_rows_behind_a_cell_sum_to_the_cell() -> None:
    brand = make_history().brand
    read_all()
    window = last_months(4, brand_id=brand.pk, livemode=False, currency="EUR", at=utc(2026, 4, 15))
    march = window.within(date(2026, 3, 1))

    assert [row.delta_minor for row in movement_rows(march)] == [-5000, 2900]
    assert [row.delta_minor for row in movement_rows(march, CHURN)] == [-5000]
    at = utc(2026, 3, 20)
    assert sum(row.mrr_after_minor for row in mrr_rows(window, at)) == mrr_at(window, at) == 7900


def test_other_brands_modes_and_currencies_do_not_mix() -> None:
    brand = make_history().brand
    dollars = make_plan(prices=[flat_price("50.00", "USD")])
    subscribe_to(dollars, customer=make_customer(brand=brand, currency="USD"))
    subscribe_to()
    read_all()

    at = utc(2026, 4, 15)
    windows = [
        last_months(1, brand_id=brand.pk, livemode=livemode, currency=currency, at=at)
        for livemode, currency in [(False, "EUR"), (False, "USD"), (True, "EUR")]
    ]
    assert [mrr_at(window, at) for window in windows] == [2900, 5000, 0]
    assert currencies_in_use(brand_id=brand.pk, livemode=False) == ["EUR", "USD"]


def test_month_of_a_movement_is_that_of_the_window_s_zone() -> None:
    subscription = subscribe_to(at=utc(2026, 1, 31, 23, 30)).subscription
    read_all()

    window = last_months(
        2,
        brand_id=subscription.brand_id,
        livemode=False,
        currency="EUR",
        at=utc(2026, 2, 15),
        zone="Europe/Berlin",
    )

    assert mrr_over_time(window) == [(date(2026, 1, 1), 0), (date(2026, 2, 1), 2900)]


def test_a_pause_moves_revenue_away_and_the_resume_back() -> None:
    subscription = subscribe_to(make_plan()).subscription

    pause(subscription_id=subscription.pk, at=utc(2026, 2, 10))
    resume(subscription_id=subscription.pk, at=utc(2026, 2, 20))

    assert moved() == [(NEW, 2900, 2900), (CHURN, -2900, 0), (REACTIVATION, 2900, 2900)]


def test_what_begins_later_counts_from_its_start() -> None:
    subscription = subscribe_to(make_plan(), starts_at=utc(2026, 2, 10)).subscription
    assert moved() == []

    bill_customer(customer_id=subscription.customer_id, at=utc(2026, 2, 10))

    assert moved() == [(NEW, 2900, 2900)]
    assert MrrMovement.objects.get().at == utc(2026, 2, 10)
