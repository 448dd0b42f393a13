from __future__ import annotations

import pytest

from apps.billing.services.run.bill_customer import bill_customer
from apps.billing.services.subscriptions.cancel import cancel_now
from apps.billing.services.subscriptions.move_billing_day import move_billing_day
from apps.billing.services.subscriptions.reactivate import reactivate
from apps.core.errors import InvalidInput
from apps.customers.models import Customer
from apps.plans.enums import PeriodAlignment
from apps.subscriptions.enums import SubscriptionStatus
from apps.subscriptions.errors import SubscriptionRefused
from apps.subscriptions.models import ScheduledChange, Subscription
from apps.subscriptions.selectors import get_subscription
from tests.factories.billing import subscribe_to, utc
from tests.factories.plans import flat_price, make_plan, make_plan_version, seat_price

pytestmark = pytest.mark.django_db


def test_reactivation_begins_anew_as_before_at_the_prices_of_now() -> None:
    plan = make_plan(prices=[seat_price("12.00")], version={"trial_days": 5})
    before = subscribe_to(plan, at=utc(2026, 1, 1), quantity=3, external_id="deal").subscription
    cancel_now(subscription_id=before.pk, reason="other", comment="", at=utc(2026, 2, 1))
    make_plan_version(plan=plan, prices=[seat_price("15.00")])

    after = reactivate(subscription_id=before.pk, at=utc(2026, 3, 1))

    tenant = {"brand_id": before.brand_id, "livemode": before.livemode}
    assert [invoice.total_minor for invoice in after.invoices] == [4500]
    assert (after.subscription.status, after.subscription.trial_ends_at) == ("active", None)
    assert get_subscription(**tenant, reference="deal") == after.subscription
    before.refresh_from_db()
    assert (before.status, before.ended_at) == (SubscriptionStatus.CANCELED, utc(2026, 2, 1))


def test_reactivating_what_runs_is_refused() -> None:
    subscription = subscribe_to().subscription

    with pytest.raises(SubscriptionRefused):
        reactivate(subscription_id=subscription.pk, at=utc(2026, 2, 1))

    assert Subscription.objects.count() == 1


def test_reactivating_twice_is_refused_by_the_external_id() -> None:
    before = subscribe_to(at=utc(2026, 1, 1), external_id="deal").subscription
    cancel_now(subscription_id=before.pk, reason="other", comment="", at=utc(2026, 2, 1))
    reactivate(subscription_id=before.pk, at=utc(2026, 3, 1))

    with pytest.raises(SubscriptionRefused) as refused:
        reactivate(subscription_id=before.pk, at=utc(2026, 3, 1))

    assert refused.value.field == "external_id"
    assert Subscription.objects.count() == 2


def on_the_first() -> Subscription:
    plan = make_plan(prices=[flat_price("31.00")], version={"alignment": PeriodAlignment.BILLING_DAY})
    return subscribe_to(plan, at=utc(2026, 1, 1)).subscription


def test_billing_day_moves_at_the_next_renewal_with_a_part_until_then() -> None:
    subscription = on_the_first()

    change = move_billing_day(subscription_id=subscription.pk, day=15, at=utc(2026, 1, 10))

    assert change.effective_at == utc(2026, 2, 1)
    billed = []
    for at in (utc(2026, 2, 1), utc(2026, 2, 15), utc(2026, 3, 15)):
        (invoice,) = bill_customer(customer_id=subscription.customer_id, at=at)
        (line,) = invoice.lines.all()
        billed.append((line.amount_minor, line.period_starts_at, line.period_ends_at))
    # 1 to 14 February: 14 of the 31 days from 15 January
    assert billed == [
        (1400, utc(2026, 2, 1), utc(2026, 2, 15)),
        (3100, utc(2026, 2, 15), utc(2026, 3, 15)),
        (3100, utc(2026, 3, 15), utc(2026, 4, 15)),
    ]


def test_later_billing_day_replaces_the_earlier_wish() -> None:
    subscription = on_the_first()
    move_billing_day(subscription_id=subscription.pk, day=15, at=utc(2026, 1, 10))

    move_billing_day(subscription_id=subscription.pk, day=20, at=utc(2026, 1, 11))

    pending = ScheduledChange.objects.filter(status="pending")
    assert [change.billing_day for change in pending] == [20]


def test_billing_day_begins_in_the_customers_zone_of_then() -> None:
    subscription = on_the_first()
    Customer.objects.filter(pk=subscription.customer_id).update(time_zone="Europe/Berlin")

    move_billing_day(subscription_id=subscription.pk, day=15, at=utc(2026, 1, 10))
    bill_customer(customer_id=subscription.customer_id, at=utc(2026, 2, 1))

    subscription.refresh_from_db()
    assert subscription.current_period_ends_at == utc(2026, 2, 14, 23)


def test_billing_day_of_a_plan_without_one_is_refused() -> None:
    subscription = subscribe_to().subscription

    with pytest.raises(SubscriptionRefused) as refused:
        move_billing_day(subscription_id=subscription.pk, day=15, at=utc(2026, 2, 1))

    assert refused.value.field == "day"


@pytest.mark.parametrize("day", [0, 32])
def test_billing_day_out_of_the_month_is_refused(day: int) -> None:
    with pytest.raises(InvalidInput) as refused:
        move_billing_day(subscription_id=on_the_first().pk, day=day, at=utc(2026, 1, 2))

    assert refused.value.field == "day"
