"""Alerts, and the rules by which a wallet asks for more credit."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from apps.audit.models import Event
from apps.core.due_work import Scope
from apps.ledger.selectors import trial_balance
from apps.wallets.due import regular_top_ups
from apps.wallets.enums import GrantSource, TopUpReason, TopUpRule, TopUpStatus
from apps.wallets.errors import TopUpRefused, WalletInvalid
from apps.wallets.grant_selectors import unbilled_top_ups
from apps.wallets.grant_terms import TopUpTerms
from apps.wallets.models import TopUpIntent, Wallet
from apps.wallets.services.request_top_up import request_top_up
from apps.wallets.services.settle_top_up import bill_top_up, fail_top_up, fulfil_top_up
from apps.wallets.services.update_wallet import update_wallet
from tests.factories.billing import utc
from tests.factories.customers import make_customer, make_test_clock
from tests.factories.wallets import make_grant, make_wallet
from tests.wallets.test_grants import EVER, pay

NOW = utc(2026, 1, 10)
DAY = timedelta(days=1)
LOW = TopUpTerms(TopUpRule.THRESHOLD, amount_minor=500, threshold_minor=300)

pytestmark = pytest.mark.django_db


def filled(amount: int = 1000, **terms: Any) -> Wallet:
    wallet = make_wallet(at=NOW)
    make_grant(amount, wallet=wallet, at=NOW)
    return update_wallet(wallet_id=wallet.pk, at=NOW, **terms)


def monthly(**terms: Any) -> TopUpTerms:
    return TopUpTerms(TopUpRule.INTERVAL, amount_minor=500, interval="month", **terms)


def asked(wallet: Wallet) -> list[tuple[str, int, datetime]]:
    return list(wallet.top_ups.order_by("pk").values_list("reason", "amount_minor", "created_at"))


def alerts() -> list[tuple[int, int]]:
    told = Event.objects.filter(name="wallet.balance_low").order_by("pk")
    return [(event.data["threshold_minor"], event.data["balance_minor"]) for event in told]


def test_an_alert_comes_once_a_crossing() -> None:
    wallet = filled(alert_thresholds=[500, 200])

    for key, amount in (("a", 500), ("b", 1), ("c", 10), ("d", 400)):
        pay(wallet, amount, key=key, at=NOW)
    make_grant(1000, wallet=wallet, at=NOW)
    pay(wallet, 700, key="e", at=NOW)

    assert alerts() == [(500, 499), (200, 89), (500, 389)]


def test_one_fall_below_two_thresholds_tells_both() -> None:
    wallet = filled(alert_thresholds=[200, 500])

    pay(wallet, 1000, at=NOW)

    assert alerts() == [(500, 0), (200, 0)]


def test_falling_below_the_threshold_asks_once() -> None:
    wallet = filled(top_up=LOW)

    for key, amount in (("a", 700), ("b", 1), ("c", 10)):
        pay(wallet, amount, key=key, at=NOW)

    assert asked(wallet) == [(TopUpReason.THRESHOLD, 500, NOW)]
    assert [row.pk for row in unbilled_top_ups(EVER)] == [wallet.top_ups.get().pk]


def test_empty_wallet_with_a_threshold_asks_when_it_is_opened() -> None:
    assert asked(make_wallet(top_up=LOW, at=NOW)) == [(TopUpReason.THRESHOLD, 500, NOW)]


def test_fulfilled_top_up_is_paid_credit_that_books_nothing_more() -> None:
    wallet = make_wallet(top_up=LOW, at=NOW)
    intent = wallet.top_ups.get()
    bill_top_up(top_up_id=intent.pk, reference=("invoice", "inv_1"))

    grant = fulfil_top_up(top_up_id=intent.pk, at=NOW + DAY)
    again = fulfil_top_up(top_up_id=intent.pk, at=NOW + DAY)

    wallet.refresh_from_db()
    intent.refresh_from_db()
    assert (grant.pk, grant.source, wallet.balance_minor) == (again.pk, GrantSource.PAID, 500)
    assert (intent.status, intent.reference_id) == (TopUpStatus.FULFILLED, "inv_1")
    assert trial_balance(brand_id=wallet.brand_id, livemode=False) == []
    assert not unbilled_top_ups(EVER).exists()
    with pytest.raises(TopUpRefused):
        fail_top_up(top_up_id=intent.pk, reason="Declined", at=NOW)


def test_rule_rests_after_a_failure_until_it_is_set_anew() -> None:
    wallet = filled(top_up=LOW)
    pay(wallet, 701, key="a", at=NOW)
    fail_top_up(top_up_id=wallet.top_ups.get().pk, reason="Card declined", at=NOW)

    pay(wallet, 100, key="b", at=NOW)
    assert wallet.top_ups.count() == 1
    update_wallet(wallet_id=wallet.pk, at=NOW + DAY, top_up=LOW)

    assert [row.status for row in wallet.top_ups.order_by("pk")] == [TopUpStatus.FAILED, TopUpStatus.OPEN]


def test_what_is_billed_is_not_billed_by_another() -> None:
    intent = make_wallet(top_up=LOW, at=NOW).top_ups.get()
    bill_top_up(top_up_id=intent.pk, reference=("invoice", "inv_1"))
    bill_top_up(top_up_id=intent.pk, reference=("invoice", "inv_1"))

    with pytest.raises(TopUpRefused):
        bill_top_up(top_up_id=intent.pk, reference=("invoice", "inv_2"))


def test_cap_counts_the_month_of_the_customers_zone() -> None:
    customer = make_customer(time_zone="America/New_York")
    rule = TopUpTerms(TopUpRule.THRESHOLD, amount_minor=500, threshold_minor=300, monthly_cap_minor=900)
    wallet = make_wallet(customer=customer, at=NOW, top_up=rule)
    fulfil_top_up(top_up_id=wallet.top_ups.get().pk, at=NOW)

    # In New York it is still January, then February.
    pay(wallet, 300, key="a", at=utc(2026, 2, 1, 4))
    assert wallet.top_ups.count() == 1
    pay(wallet, 1, key="b", at=utc(2026, 2, 1, 5))

    assert wallet.top_ups.count() == 2


def test_regular_top_ups_count_from_the_anchor() -> None:
    wallet = make_wallet(at=NOW, top_up=monthly(starts_at=utc(2026, 1, 31)))

    assert regular_top_ups.next_due(EVER) == utc(2026, 1, 31)
    for _ in range(3):
        assert regular_top_ups.run_due(EVER, utc(2026, 3, 31)) == 1
        fulfil_open(wallet)
    assert regular_top_ups.run_due(EVER, utc(2026, 3, 31)) == 0

    assert [at for _, _, at in asked(wallet)] == [utc(2026, 1, 31), utc(2026, 2, 28), utc(2026, 3, 31)]
    assert regular_top_ups.next_due(EVER) == utc(2026, 4, 30)


def test_regular_top_up_is_left_out_while_one_is_open() -> None:
    wallet = make_wallet(at=NOW, top_up=monthly())

    assert [regular_top_ups.run_due(EVER, NOW + 45 * DAY) for _ in range(3)] == [1, 1, 0]

    assert asked(wallet) == [(TopUpReason.INTERVAL, 500, NOW)]


def test_customers_on_a_clock_are_topped_up_in_its_time() -> None:
    test_clock = make_test_clock(now_at=NOW)
    wallet = make_wallet(customer=make_customer(test_clock=test_clock), at=NOW, top_up=monthly())
    scope = Scope(test_clock.pk)

    assert (regular_top_ups.run_due(EVER, NOW), regular_top_ups.run_due(scope, NOW)) == (0, 1)
    assert (regular_top_ups.next_due(EVER), regular_top_ups.next_due(scope)) == (None, utc(2026, 2, 10))
    assert unbilled_top_ups(scope).get().wallet_id == wallet.pk


def test_one_top_up_is_open_at_a_time() -> None:
    wallet = make_wallet(at=NOW)
    intent = request_top_up(wallet_id=wallet.pk, amount_minor=700, at=NOW)

    with pytest.raises(TopUpRefused):
        request_top_up(wallet_id=wallet.pk, amount_minor=700, at=NOW)
    with pytest.raises(IntegrityError), transaction.atomic():
        TopUpIntent.objects.create(wallet=wallet, reason="request", amount_minor=1, created_at=NOW)

    fail_top_up(top_up_id=intent.pk, reason="Changed their mind", at=NOW)
    request_top_up(wallet_id=wallet.pk, amount_minor=700, at=NOW)
    wallet.refresh_from_db()
    assert wallet.top_up_paused_at is None


@pytest.mark.parametrize(
    ("field", "terms"),
    [
        ("amount_minor", {"rule": TopUpRule.THRESHOLD, "threshold_minor": 1}),
        ("threshold_minor", {"rule": TopUpRule.THRESHOLD, "amount_minor": 1}),
        ("interval", {"rule": TopUpRule.INTERVAL, "amount_minor": 1}),
        (
            "interval_count",
            {"rule": TopUpRule.INTERVAL, "amount_minor": 1, "interval": "day", "interval_count": 0},
        ),
        (
            "monthly_cap_minor",
            {"rule": TopUpRule.THRESHOLD, "amount_minor": 2, "threshold_minor": 1, "monthly_cap_minor": 1},
        ),
    ],
)
def test_rules_that_cannot_be_followed_are_refused(field: str, terms: dict[str, Any]) -> None:
    with pytest.raises(WalletInvalid) as refused:
        make_wallet(top_up=TopUpTerms(**terms))

    assert (refused.value.field, Wallet.objects.count()) == (field, 0)


def fulfil_open(wallet: Wallet) -> None:
    fulfil_top_up(top_up_id=wallet.top_ups.get(status=TopUpStatus.OPEN).pk, at=NOW)
