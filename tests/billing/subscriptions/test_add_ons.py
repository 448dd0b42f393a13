from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from apps.billing.services.run.bill_customer import bill_customer
from apps.billing.services.subscriptions.cancel import cancel_at_period_end, cancel_now, cancel_on
from apps.billing.services.subscriptions.pause import pause, resume
from apps.core.errors import InvalidInput
from apps.invoices.models import CreditNote, Invoice, InvoiceLine
from apps.subscriptions.enums import CancelReason, SubscriptionStatus, UnusedPart
from apps.subscriptions.models import Subscription
from tests.factories.billing import subscribe_to, utc
from tests.factories.customers import make_customer
from tests.factories.plans import flat_price, make_meter, make_plan, metered_price
from tests.factories.usage import make_event, send

pytestmark = pytest.mark.django_db

STARTED_AT = utc(2026, 1, 1)
ADDED_AT = utc(2026, 1, 11)


def with_add_on(**purchase: object) -> tuple[Subscription, Subscription]:
    """A plan at 31.00 from 1 January, and an add-on at 62.00 from the 11th."""
    parent = subscribe_to(make_plan(prices=[flat_price("31.00")]), at=STARTED_AT).subscription
    added = subscribe_to(
        make_plan(prices=[flat_price("62.00")]),
        customer=parent.customer,
        card=False,
        at=ADDED_AT,
        parent=parent,
        **purchase,
    )
    return parent, added.subscription


def bill(subscription: Subscription, at: datetime) -> list[Invoice]:
    return bill_customer(customer_id=subscription.customer_id, at=at)


def statuses(*subscriptions: Subscription) -> list[str]:
    for subscription in subscriptions:
        subscription.refresh_from_db()
    return [subscription.status for subscription in subscriptions]


def test_add_on_that_was_to_begin_as_its_parent_ends_never_does() -> None:
    parent = subscribe_to(make_plan(prices=[flat_price("31.00")]), at=STARTED_AT, ends_at=utc(2026, 2, 1))
    customer = parent.subscription.customer
    add_on = subscribe_to(
        make_plan(),
        customer=customer,
        card=False,
        at=ADDED_AT,
        parent=parent.subscription,
        starts_at=utc(2026, 2, 1),
    ).subscription

    assert bill(add_on, utc(2026, 2, 1)) == []

    assert statuses(parent.subscription, add_on) == ["canceled", "canceled"]


def test_add_on_ends_with_its_parent_on_the_same_invoice() -> None:
    meter = make_meter()
    parent = subscribe_to(make_plan(prices=[flat_price("31.00")]), at=STARTED_AT).subscription
    customer = parent.customer
    plan = make_plan(prices=[metered_price(meter, unit_amount="2.00")])
    add_on = subscribe_to(plan, customer=customer, card=False, at=ADDED_AT, parent=parent).subscription
    send(customer, make_event(customer, meter.event_name, timestamp=utc(2026, 1, 12)))

    (invoice,) = cancel_now(
        subscription_id=parent.pk,
        reason=CancelReason.OTHER,
        comment="",
        at=utc(2026, 1, 21),
        unused_part=UnusedPart.SAME_INVOICE,
    )

    assert statuses(parent, add_on) == ["canceled", "canceled"]
    assert (add_on.ended_at, add_on.cancel_reason) == (utc(2026, 1, 21), CancelReason.PARENT_ENDED)
    assert sorted(line.amount_minor for line in invoice.lines.all()) == [-1100, 200]
    assert bill(parent, utc(2026, 3, 1)) == []


def test_what_is_unused_of_an_add_on_goes_where_its_parents_goes() -> None:
    parent, _ = with_add_on()

    cancel_now(
        subscription_id=parent.pk,
        reason=CancelReason.OTHER,
        comment="",
        at=utc(2026, 1, 21),
        unused_part=UnusedPart.CREDIT_NOTE,
    )

    # 11 of 31 days of 31.00, and 21 of 31 days of 62.00
    assert sorted(CreditNote.objects.values_list("total_minor", flat=True)) == [1100, 4200]


def test_add_on_ends_when_the_end_of_its_parent_comes() -> None:
    parent, add_on = with_add_on()
    cancel_at_period_end(subscription=parent, reason=CancelReason.OTHER, comment="", at=utc(2026, 1, 15))

    assert bill(parent, utc(2026, 2, 1)) == []

    assert statuses(parent, add_on) == ["canceled", "canceled"]
    assert add_on.ended_at == utc(2026, 2, 1)


def test_add_on_that_renews_when_its_parent_ends_is_not_renewed() -> None:
    parent = subscribe_to(make_plan(), at=STARTED_AT).subscription
    add_on = subscribe_to(
        make_plan(), customer=parent.customer, card=False, at=STARTED_AT, parent=parent
    ).subscription
    cancel_at_period_end(subscription=parent, reason=CancelReason.OTHER, comment="", at=utc(2026, 1, 15))

    assert bill(parent, utc(2026, 2, 1)) == []

    assert statuses(parent, add_on) == ["canceled", "canceled"]
    assert add_on.periods.count() == 1


def test_add_on_pauses_and_goes_on_with_its_parent() -> None:
    parent, add_on = with_add_on()

    paused = pause(subscription_id=parent.pk, at=utc(2026, 1, 21))
    assert statuses(parent, add_on) == ["paused", "paused"]
    resumed = resume(subscription_id=parent.pk, at=utc(2026, 1, 26))

    assert statuses(parent, add_on) == ["active", "active"]
    # Given back: 11 of 31 days of 31.00, 21 of 31 of 62.00; then charged to the next boundaries.
    (given_back,) = paused.invoices
    assert sorted(line.amount_minor for line in given_back.lines.all()) == [-4200, -1100]
    (charged,) = resumed.invoices
    assert sorted(line.amount_minor for line in charged.lines.all()) == [600, 3200]


def test_add_on_that_was_paused_for_itself_stays_so() -> None:
    parent, add_on = with_add_on()
    pause(subscription_id=add_on.pk, at=utc(2026, 1, 15))

    pause(subscription_id=parent.pk, at=utc(2026, 1, 21))
    resume(subscription_id=parent.pk, at=utc(2026, 1, 26))

    assert statuses(parent, add_on) == ["active", "paused"]


def test_add_on_that_has_not_begun_ends_unbilled() -> None:
    parent, add_on = with_add_on(starts_at=utc(2026, 2, 15))

    cancel_now(subscription_id=parent.pk, reason=CancelReason.OTHER, comment="", at=utc(2026, 1, 21))

    assert statuses(add_on) == ["canceled"]
    assert bill(parent, utc(2026, 3, 1)) == []


def test_end_of_an_add_on_leaves_its_parent() -> None:
    parent, add_on = with_add_on()

    cancel_now(subscription_id=add_on.pk, reason=CancelReason.OTHER, comment="", at=utc(2026, 1, 21))

    assert statuses(parent, add_on) == ["active", "canceled"]


def test_parent_is_a_running_subscription_of_the_same_customer() -> None:
    parent, add_on = with_add_on()
    stranger = subscribe_to(at=STARTED_AT).subscription
    ended = subscribe_to(at=STARTED_AT, customer=parent.customer, card=False).subscription
    cancel_now(subscription_id=ended.pk, reason=CancelReason.OTHER, comment="", at=utc(2026, 1, 21))
    ended.refresh_from_db()

    for wrong in (stranger, add_on, ended):
        with pytest.raises(InvalidInput) as refused:
            subscribe_to(customer=parent.customer, card=False, at=utc(2026, 1, 22), parent=wrong)
        assert refused.value.field == "parent"
    assert SubscriptionStatus(parent.status) == SubscriptionStatus.ACTIVE


@pytest.mark.parametrize("late", [timedelta(), timedelta(minutes=5)])
def test_add_on_whose_fee_stands_on_a_waiting_draft_is_credited_when_its_parent_ends(late: timedelta) -> None:
    policies = {"policies": {"termination_credit": "account_credit"}}
    customer = make_customer(invoice_grace_hours=72)
    parent = subscribe_to(
        make_plan(prices=[flat_price("31.00")], version=policies), customer=customer, at=STARTED_AT
    ).subscription
    metered = metered_price(make_meter(code="call"), unit_amount="1")
    add_on = subscribe_to(
        make_plan(prices=[flat_price("28.00"), metered], version=policies),
        customer=customer,
        card=False,
        at=ADDED_AT,
        parent=parent,
    ).subscription
    ends_at = utc(2026, 2, 12)
    cancel_on(subscription_id=parent.pk, effective_at=ends_at, reason="other", comment="", at=ADDED_AT)
    bill(parent, utc(2026, 2, 1))
    (draft,) = bill(add_on, utc(2026, 2, 11))
    assert (draft.status, draft.finalize_at) == ("draft", utc(2026, 2, 14))

    bill(parent, ends_at + late)

    draft.refresh_from_db()
    assert draft.number is not None
    credits = InvoiceLine.objects.filter(subscription=add_on, kind="credit", credits_line__invoice=draft)
    # The 11th was used, of 28 days until 11 March.
    assert [line.amount_minor for line in credits] == [-2700]
