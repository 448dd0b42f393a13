from __future__ import annotations

from datetime import datetime

import pytest

from apps.accounts.models import Brand
from apps.audit.models import Event
from apps.billing.errors import CardRequired
from apps.billing.services.subscriptions.agree_schedule import AgreedPhase
from apps.billing.services.subscriptions.cancel import cancel_at_period_end
from apps.billing.services.subscriptions.subscribe import Purchase, Subscribed
from apps.billing.services.subscriptions.subscribe import subscribe as subscribe_customer
from apps.core.errors import InvalidInput
from apps.customers.mailbox import mailbox_of
from apps.customers.models import Customer
from apps.plans.enums import TrialEnd
from apps.plans.models import Plan
from apps.plans.policies import TrialKind, TrialOnNewSubscription
from apps.subscriptions.enums import CancelReason, CollectionMethod, SubscriptionStatus
from apps.subscriptions.errors import SubscriptionRefused
from apps.subscriptions.models import Subscription, TrialUse
from apps.subscriptions.services.extend_trial import extend_trial
from apps.subscriptions.services.record_trial_use import record_trial_card
from tests.billing.bills import bill, lines
from tests.factories.billing import make_card, subscribe_to, utc
from tests.factories.customers import make_brand, make_customer
from tests.factories.plans import flat_price, make_free_plan, make_plan

pytestmark = pytest.mark.django_db

STARTED_AT = utc(2026, 1, 1, 9)
DAYS = {"trial_kind": TrialKind.DAYS_FROM_FIRST_START}


def again(plan: Plan, at: datetime, *, brand: Brand, **profile: str) -> Subscribed:
    """Another customer of the brand, who is billed by mail, subscribes to the plan."""
    customer = make_customer(brand=brand, **profile)
    return invoiced(plan, customer, at)


def invoiced(plan: Plan, customer: Customer, at: datetime, **more: object) -> Subscribed:
    purchase = Purchase(plan.code, collection_method=CollectionMethod.SEND_INVOICE, **more)  # type: ignore[arg-type]
    return subscribe_customer(customer=customer, purchase=purchase, at=at)


# Until when


def test_trial_until_a_date_begins_the_paid_time_then() -> None:
    subscription = subscribe_to(at=STARTED_AT, trial_until=utc(2026, 1, 20)).subscription

    assert subscription.status == SubscriptionStatus.TRIALING
    assert subscription.trial_reminder_at == utc(2026, 1, 13)
    assert lines(bill(subscription, utc(2026, 1, 20))) == [(2900, "01-20", "02-20")]


@pytest.mark.parametrize("until", [STARTED_AT, utc(2028, 6, 1)])
def test_trial_until_a_date_that_makes_no_sense_is_refused(until: datetime) -> None:
    with pytest.raises(InvalidInput) as refused:
        subscribe_to(at=STARTED_AT, trial_until=until)

    assert refused.value.field == "trial_until"
    assert not Subscription.objects.exists()


def test_trial_until_and_days_together_are_refused() -> None:
    with pytest.raises(InvalidInput) as refused:
        subscribe_to(at=STARTED_AT, trial_days=3, trial_until=utc(2026, 1, 20))

    assert refused.value.field == "trial_until"


# Extension


def test_extended_trial_moves_the_anchor_the_reminder_and_what_is_planned() -> None:
    subscription = subscribe_to(make_plan(version={"trial_days": 10}), at=STARTED_AT).subscription
    cancel_at_period_end(subscription=subscription, reason=CancelReason.OTHER, comment="", at=utc(2026, 1, 2))

    extend_trial(subscription_id=subscription.pk, ends_at=utc(2026, 1, 31, 9), at=utc(2026, 1, 5))

    subscription.refresh_from_db()
    assert subscription.trial_ends_at == subscription.current_period_ends_at == utc(2026, 1, 31, 9)
    assert subscription.trial_reminder_at == utc(2026, 1, 24, 9)
    assert subscription.next_bill_at == utc(2026, 1, 31, 9)
    assert subscription.changes.get().effective_at == utc(2026, 1, 31, 9)
    assert bill(subscription, utc(2026, 1, 11, 9)) == []
    assert Event.objects.filter(name="subscription.trial_extended").count() == 1


def test_extended_trial_bills_from_its_new_end() -> None:
    subscription = subscribe_to(make_plan(version={"trial_days": 10}), at=STARTED_AT).subscription

    extend_trial(subscription_id=subscription.pk, ends_at=utc(2026, 1, 31, 9), at=utc(2026, 1, 5))

    assert lines(bill(subscription, utc(2026, 1, 31, 9))) == [(2900, "01-31", "02-28")]
    assert lines(bill(subscription, utc(2026, 2, 28))) == [(2900, "02-28", "03-31")]
    assert subscription.periods.count() == 3


def test_trial_that_is_extended_to_what_is_planned_leaves_that() -> None:
    then, later = (make_plan(prices=[flat_price(amount)]) for amount in ("60.00", "90.00"))
    phases = [
        AgreedPhase(plan_code=then.code, starts_at=utc(2026, 6, 15)),
        AgreedPhase(plan_code=later.code, starts_at=utc(2026, 6, 25)),
    ]
    plan = make_plan(version={"trial_days": 14})
    subscription = subscribe_to(plan, at=utc(2026, 6, 1), phases=phases).subscription

    extend_trial(subscription_id=subscription.pk, ends_at=utc(2026, 6, 25), at=utc(2026, 6, 3))

    pending = subscription.changes.get(status="pending")
    assert (pending.effective_at, pending.plan_version.plan) == (utc(2026, 6, 25), later)
    assert lines(bill(subscription, utc(2026, 6, 25))) == [(9000, "06-25", "07-25")]


def test_extended_trial_of_days_from_the_first_start_frees_the_fee_longer() -> None:
    plan = make_plan(prices=[flat_price("31.00")], version={"trial_days": 10, "policies": DAYS})
    subscription = subscribe_to(plan, at=STARTED_AT).subscription

    extend_trial(subscription_id=subscription.pk, ends_at=utc(2026, 1, 21, 9), at=utc(2026, 1, 5))

    # 21 to 31 January: 11 of 31 days
    assert lines(bill(subscription, utc(2026, 1, 21, 9))) == [(1100, "01-21", "02-01")]
    assert lines(bill(subscription, utc(2026, 2, 1))) == [(3100, "02-01", "03-01")]


@pytest.mark.parametrize("ends_at", [utc(2026, 1, 3), utc(2026, 1, 11, 9)])
def test_trial_that_would_not_end_later_is_refused(ends_at: datetime) -> None:
    subscription = subscribe_to(make_plan(version={"trial_days": 10}), at=STARTED_AT).subscription

    with pytest.raises(SubscriptionRefused) as refused:
        extend_trial(subscription_id=subscription.pk, ends_at=ends_at, at=utc(2026, 1, 2))

    subscription.refresh_from_db()
    assert refused.value.field == "ends_at"
    assert subscription.trial_ends_at == utc(2026, 1, 11, 9)


def test_extending_what_is_not_in_trial_is_refused() -> None:
    subscription = subscribe_to(at=STARTED_AT).subscription

    with pytest.raises(SubscriptionRefused):
        extend_trial(subscription_id=subscription.pk, ends_at=utc(2026, 3, 1), at=utc(2026, 1, 2))


# One trial


@pytest.mark.parametrize(
    ("email", "mailbox"),
    [
        ("Ada@Example.com", "ada@example.com"),
        ("ada+two@example.com", "ada@example.com"),
        ("a.d.a+x@gmail.com", "ada@gmail.com"),
        ("ada@googlemail.com", "ada@gmail.com"),
        ("a.da@example.com", "a.da@example.com"),
        ("+tag@example.com", "+tag@example.com"),
    ],
)
def test_mailbox_has_one_spelling(email: str, mailbox: str) -> None:
    assert mailbox_of(email) == mailbox


def test_second_trial_of_a_customer_is_none() -> None:
    plan = make_plan(version={"trial_days": 10})
    customer = make_customer()
    first = invoiced(plan, customer, STARTED_AT)

    second = invoiced(plan, customer, utc(2026, 6, 1))

    assert first.subscription.status == SubscriptionStatus.TRIALING
    assert (second.subscription.status, second.subscription.trial_ends_at) == ("active", None)
    assert [invoice.total_minor for invoice in second.invoices] == [2900]
    assert TrialUse.objects.count() == 1


def test_alias_of_a_mailbox_gets_no_second_trial() -> None:
    plan, brand = make_plan(version={"trial_days": 10}), make_brand()
    again(plan, STARTED_AT, brand=brand, email="ada.lovelace@gmail.com")

    alias = again(plan, utc(2026, 1, 2), brand=brand, email="AdaLovelace+2@googlemail.com")
    other = again(plan, utc(2026, 1, 2), brand=brand, email="grace@gmail.com")

    assert [row.subscription.status for row in (alias, other)] == ["active", "trialing"]


def test_card_that_had_a_trial_gets_no_second() -> None:
    plan, brand = make_plan(version={"trial_days": 10}), make_brand()
    for email, fingerprint in (
        ("a@example.com", "card-1"),
        ("b@example.com", "card-1"),
        ("c@x.example", "2"),
    ):
        customer = make_customer(brand=brand, email=email)
        make_card(customer, fingerprint=fingerprint)
        subscribe_to(plan, customer=customer, card=False, at=STARTED_AT)

    rows = Subscription.objects.order_by("pk").values_list("status", flat=True)
    assert list(rows) == ["trialing", "active", "trialing"]


def test_trial_of_another_plan_brand_or_mode_is_given() -> None:
    plan, brand = make_plan(version={"trial_days": 10}), make_brand()
    again(plan, STARTED_AT, brand=brand)

    elsewhere = again(plan, STARTED_AT, brand=make_brand())
    other_plan = again(make_plan(version={"trial_days": 5}), STARTED_AT, brand=brand)
    live = invoiced(plan, make_customer(brand=brand, livemode=True), STARTED_AT)

    for subscribed in (elsewhere, other_plan, live):
        assert subscribed.subscription.status == SubscriptionStatus.TRIALING


def test_brand_may_give_a_trial_each_time() -> None:
    plan, brand = make_plan(version={"trial_days": 10}), make_brand(one_trial_per_customer=False)
    again(plan, STARTED_AT, brand=brand)

    assert again(plan, STARTED_AT, brand=brand).subscription.status == SubscriptionStatus.TRIALING


def test_trial_that_is_asked_for_by_its_days_is_granted() -> None:
    plan = make_plan(version={"trial_days": 10})
    customer = make_customer()
    invoiced(plan, customer, STARTED_AT)

    granted = invoiced(plan, customer, utc(2026, 6, 1), trial_days=3)

    assert granted.subscription.trial_ends_at == utc(2026, 6, 4)


def test_second_start_without_a_trial_needs_a_card() -> None:
    plan = make_plan(version={"trial_days": 10})
    customer = make_customer()
    subscribe_to(plan, customer=customer, card=False, at=STARTED_AT)

    with pytest.raises(CardRequired):
        subscribe_to(plan, customer=customer, card=False, at=utc(2026, 6, 1))


def test_rest_of_a_trial_is_given_where_days_count_from_the_first_start() -> None:
    policies = {"trial_on_new_subscription": TrialOnNewSubscription.KEEPS_FIRST_START}
    plan = make_plan(version={"trial_days": 10, "policies": policies})
    customer = make_customer()
    invoiced(plan, customer, STARTED_AT)

    early, late = (invoiced(plan, customer, at).subscription for at in (utc(2026, 1, 8), utc(2026, 2, 8)))

    assert early.trial_ends_at == utc(2026, 1, 11, 9)
    assert (late.trial_ends_at, late.status) == (None, SubscriptionStatus.ACTIVE)


def test_days_count_from_the_first_start_of_the_external_id() -> None:
    policies = {"trial_on_new_subscription": TrialOnNewSubscription.KEEPS_FIRST_START}
    plan = make_plan(version={"trial_days": 10, "policies": policies})
    customer = make_customer()
    before = invoiced(make_plan(), customer, STARTED_AT, external_id="deal").subscription
    cancel_at_period_end(subscription=before, reason="other", comment="", at=STARTED_AT)
    bill(before, utc(2026, 2, 1))

    after = invoiced(plan, customer, utc(2026, 2, 2), external_id="deal").subscription

    assert (after.trial_ends_at, after.status) == (None, SubscriptionStatus.ACTIVE)


# Expiry


@pytest.mark.parametrize("policies", [{}, DAYS], ids=["phase", "days from the first start"])
@pytest.mark.parametrize(
    ("rule", "status", "billed"),
    [
        (TrialEnd.CONVERT, "active", 1),
        (TrialEnd.PAUSE, "paused", 0),
        (TrialEnd.CANCEL, "canceled", 0),
        (TrialEnd.DOWNGRADE, "active", 0),
    ],
)
def test_trial_without_a_card_ends_by_its_rule(
    policies: dict[str, str], rule: TrialEnd, status: str, billed: int
) -> None:
    free = make_free_plan()
    plan = make_plan(
        version={
            "trial_days": 10,
            "trial_requires_card": False,
            "trial_end": rule,
            "trial_end_plan": free,
            "policies": policies,
        }
    )
    subscription = subscribe_to(plan, at=STARTED_AT, card=False).subscription

    invoices = bill(subscription, utc(2026, 1, 11, 9))

    assert subscription.status == status
    assert len([invoice for invoice in invoices if invoice.total_minor]) == billed
    fell_back = rule == TrialEnd.DOWNGRADE
    assert subscription.plan_version.plan == (free if fell_back else plan)
    # Nothing comes back to life later.
    later = bill(subscription, utc(2026, 2, 11))
    assert len([invoice for invoice in later if invoice.total_minor]) == billed


def test_card_that_comes_during_a_trial_is_known_the_next_time() -> None:
    plan, brand = make_plan(version={"trial_days": 10, "trial_requires_card": False}), make_brand()
    first = make_customer(brand=brand, email="a@example.com")
    subscribe_to(plan, customer=first, card=False, at=STARTED_AT)

    record_trial_card(customer_id=first.pk, card_fingerprint="card-1")
    record_trial_card(customer_id=first.pk, card_fingerprint="card-2")

    assert TrialUse.objects.get().card_fingerprint == "card-1"
    second = make_customer(brand=brand, email="b@example.com")
    make_card(second, fingerprint="card-1")
    again = subscribe_to(plan, customer=second, card=False, at=STARTED_AT).subscription
    assert again.status == SubscriptionStatus.ACTIVE
