"""Minimum commitments, topped up when a billing period closes; amounts in minor units."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from apps.billing.services.run.bill_customer import bill_customer
from apps.billing.services.subscriptions.cancel import cancel_now
from apps.billing.services.subscriptions.change_plan import ChangeRequest, change_plan
from apps.billing.services.usage.run_usage_bills import run_usage_bills
from apps.invoices.models import Invoice, InvoiceLine
from apps.plans.models import MinimumCommitment, Plan, UsageThreshold
from apps.plans.policies import Timing
from apps.plans.services.publish_version import publish_version
from apps.pricing.trace import Trace
from apps.subscriptions.enums import CancelReason
from apps.subscriptions.models import Subscription
from tests.factories.billing import REAL_TIME, subscribe_to, utc
from tests.factories.plans import flat_price, make_meter, make_plan, metered_price
from tests.factories.usage import make_event, send

pytestmark = pytest.mark.django_db

STARTED_AT = utc(2026, 2, 1)
BOUNDARY = utc(2026, 3, 1)


def committed(
    *prices: dict[str, Any], amount: int = 10000, threshold: int | None = None, **version: Any
) -> Plan:
    plan = make_plan(prices=list(prices), published=False, version=version)
    draft = plan.versions.get()
    MinimumCommitment.objects.create(version=draft, currency="EUR", amount_minor=amount)
    if threshold is not None:
        UsageThreshold.objects.create(version=draft, currency="EUR", amount_minor=threshold)
    publish_version(version_id=draft.pk, at=STARTED_AT)
    return plan


def usage_price(**price: Any) -> dict[str, Any]:
    meter = make_meter(code="units", aggregation="sum", value_property="value")
    return metered_price(meter, unit_amount="1.00", **price)


def use(subscription: Subscription, value: int, at: datetime) -> None:
    event = make_event(subscription.customer, "units", timestamp=at, properties={"value": str(value)})
    answers = send(subscription.customer, event, received_at=at)
    assert [answer.errors for answer in answers] == [None]


def bill(subscription: Subscription, at: datetime = BOUNDARY) -> list[tuple[str, int]]:
    (invoice,) = bill_customer(customer_id=subscription.customer_id, at=at)
    return lines_of(invoice)


def lines_of(invoice: Invoice) -> list[tuple[str, int]]:
    return [(line.kind, line.amount_minor) for line in invoice.lines.all()]


def end(subscription: Subscription, at: datetime) -> list[tuple[str, int]]:
    (invoice,) = cancel_now(subscription_id=subscription.pk, reason=CancelReason.OTHER, comment="", at=at)
    return lines_of(invoice)


def test_what_is_missing_to_the_commitment_is_a_line_of_its_own() -> None:
    plan = committed(flat_price("10.00", timing="in_arrears"), usage_price())
    subscription = subscribe_to(plan, at=STARTED_AT).subscription
    use(subscription, 25, utc(2026, 2, 10))

    lines = bill(subscription)

    assert lines == [("recurring", 1000), ("usage", 2500), ("commitment", 6500)]
    line = InvoiceLine.objects.get(kind="commitment")
    assert line.description == f"{plan.name}: Minimum commitment"
    assert Trace.from_json(line.trace).explain() == [
        "Minimum commitment of a whole billing period: €100.00",
        "Counts toward it, fee and usage of the period: €35.00 taken off",
        "Total: €65.00",
    ]


@pytest.mark.parametrize(("units", "expected"), [(89, [("commitment", 100)]), (90, []), (95, [])])
def test_a_commitment_that_is_reached_adds_nothing(units: int, expected: list[tuple[str, int]]) -> None:
    plan = committed(flat_price("10.00", timing="in_arrears"), usage_price())
    subscription = subscribe_to(plan, at=STARTED_AT).subscription
    use(subscription, units, utc(2026, 2, 10))

    assert bill(subscription)[2:] == expected


def test_a_fee_in_advance_counts_for_the_period_that_it_paid() -> None:
    subscription = subscribe_to(committed(flat_price("10.00")), at=STARTED_AT).subscription

    # March's fee is on the same invoice, and counts for March.
    assert bill(subscription) == [("recurring", 1000), ("commitment", 9000)]
    assert bill(subscription, utc(2026, 4, 1)) == [("recurring", 1000), ("commitment", 9000)]


def test_a_part_of_a_period_commits_to_its_share_rounded_before_the_fee_comes_off() -> None:
    plan = committed(
        flat_price("1000.00", interval="week", timing="in_arrears"), amount=1000000, alignment="calendar"
    )
    # A Wednesday: five days of the week are left.
    subscription = subscribe_to(plan, at=utc(2026, 2, 4)).subscription

    assert bill(subscription, utc(2026, 2, 9)) == [("recurring", 71429), ("commitment", 642857)]


def test_a_commitment_that_is_not_prorated_is_due_in_full() -> None:
    plan = committed(
        flat_price("28.00", timing="in_arrears"),
        alignment="calendar",
        policies={"commitment_proration": "none"},
    )
    subscription = subscribe_to(plan, at=utc(2026, 2, 15)).subscription

    assert bill(subscription) == [("recurring", 1400), ("commitment", 8600)]


def test_a_fee_in_advance_counts_whole_at_a_termination_although_a_part_is_credited() -> None:
    plan = committed(
        flat_price("1000.00", interval="week"),
        amount=1000000,
        alignment="calendar",
        policies={"termination_day": "used", "termination_credit": "account_credit"},
    )
    subscription = subscribe_to(plan, at=utc(2026, 2, 2)).subscription

    # Monday to Wednesday, three days of seven: 4285.71 - 1000.00; four days of the fee are given back.
    assert end(subscription, utc(2026, 2, 4, 10)) == [("credit", -57143), ("commitment", 328571)]


def test_usage_that_was_billed_early_counts_once() -> None:
    plan = committed(flat_price("10.00", timing="in_arrears"), usage_price(), threshold=2000)
    subscription = subscribe_to(plan, at=STARTED_AT).subscription
    use(subscription, 20, utc(2026, 2, 10))
    run_usage_bills(scope=REAL_TIME, at=utc(2026, 2, 10))
    use(subscription, 5, utc(2026, 2, 20))

    assert bill(subscription) == [("recurring", 1000), ("usage", 2500), ("commitment", 6500)]


def test_usage_billed_by_the_event_counts() -> None:
    plan = committed(flat_price("10.00", timing="in_arrears"), usage_price(timing="in_advance"))
    subscription = subscribe_to(plan, at=STARTED_AT).subscription
    use(subscription, 20, utc(2026, 2, 10))
    run_usage_bills(scope=REAL_TIME, at=utc(2026, 2, 10))

    assert bill(subscription) == [("recurring", 1000), ("commitment", 7000)]


def test_monthly_usage_of_a_yearly_plan_counts_toward_the_year() -> None:
    plan = committed(flat_price("10.00", interval="year"), usage_price(), amount=20000)
    subscription = subscribe_to(plan, at=STARTED_AT).subscription
    use(subscription, 30, utc(2026, 2, 10))
    use(subscription, 40, utc(2027, 1, 10))

    assert bill(subscription) == [("usage", 3000)]
    for month in range(4, 13):
        bill_customer(customer_id=subscription.customer_id, at=utc(2026, month, 1))
    bill_customer(customer_id=subscription.customer_id, at=utc(2027, 1, 1))

    # 200 less the fee of 10 and usage of 70; the second year's fee counts for that.
    assert bill(subscription, utc(2027, 2, 1)) == [
        ("recurring", 1000),
        ("usage", 4000),
        ("commitment", 12000),
    ]


def test_a_trial_has_no_commitment() -> None:
    plan = committed(flat_price("10.00"), trial_days=10)
    subscription = subscribe_to(plan, at=STARTED_AT).subscription

    assert bill(subscription, utc(2026, 2, 11)) == [("recurring", 1000)]


def test_a_change_of_plan_tops_up_the_part_under_the_old_plan() -> None:
    old = committed(flat_price("28.00", timing="in_arrears"))
    new = make_plan(prices=[flat_price("56.00", timing="in_arrears")])
    subscription = subscribe_to(old, at=STARTED_AT).subscription

    changed = change_plan(
        subscription_id=subscription.pk,
        request=ChangeRequest(plan_code=new.code, timing=Timing.NOW),
        at=utc(2026, 2, 15),
    )

    # Fourteen of 28 days: 50.00 less 14.00.
    assert [lines_of(invoice) for invoice in changed.invoices] == [
        [("recurring", 1400), ("commitment", 3600)]
    ]
