from __future__ import annotations

from datetime import UTC, datetime, timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from apps.ledger.selectors import (
    AccountTotal,
    account_balance,
    imbalance,
    statement_for_account,
    trial_balance,
)
from apps.ledger.services.post import Leg, post_transaction

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
BOOKS = {"brand_id": 1, "livemode": False}


def issue(key: str, amount: int, at: datetime, customer_id: int = 7, currency: str = "EUR") -> None:
    post_transaction(
        **BOOKS,
        key=key,
        at=at,
        kind="invoice_issued",
        reference=("invoice", key),
        customer_id=customer_id,
        legs=[Leg("receivable", amount, currency), Leg("revenue", -amount, currency)],
    )


def pay(key: str, amount: int, at: datetime) -> None:
    post_transaction(
        **BOOKS,
        key=key,
        at=at,
        kind="payment_captured",
        reference=("payment", key),
        customer_id=7,
        legs=[Leg("gateway_clearing", amount, "EUR"), Leg("receivable", -amount, "EUR")],
    )


@pytest.mark.django_db
def test_trial_balance_sums_each_account_before_an_exclusive_instant() -> None:
    issue("a", 1000, NOON)
    issue("y", 500, NOON, currency="JPY")
    pay("b", 400, NOON + timedelta(days=1))

    now = trial_balance(**BOOKS)
    before_payment = trial_balance(**BOOKS, at=NOON + timedelta(days=1))

    assert now == [
        AccountTotal("gateway_clearing", "asset", "EUR", 400, 0),
        AccountTotal("receivable", "asset", "EUR", 1000, 400),
        AccountTotal("revenue", "income", "EUR", 0, 1000),
        AccountTotal("receivable", "asset", "JPY", 500, 0),
        AccountTotal("revenue", "income", "JPY", 0, 500),
    ]
    assert before_payment[0] == AccountTotal("gateway_clearing", "asset", "EUR", 0, 0)
    assert imbalance(now) == imbalance(before_payment) == {}
    assert trial_balance(brand_id=1, livemode=True) == []


@pytest.mark.django_db
def test_account_balance_of_one_customer_leaves_out_the_others() -> None:
    issue("a", 1000, NOON)
    issue("c", 50, NOON, customer_id=8)
    pay("b", 400, NOON + timedelta(days=1))
    account = {**BOOKS, "account_code": "receivable", "currency": "EUR"}

    assert account_balance(**account) == 650
    assert account_balance(**account, customer_id=7) == 600
    assert account_balance(**account, customer_id=7, at=NOON) == 0
    assert account_balance(**account, customer_id=9) == 0


@pytest.mark.django_db
def test_statement_runs_in_effective_order() -> None:
    pay("b", 400, NOON + timedelta(days=1))
    issue("a", 1000, NOON)

    lines = statement_for_account(**BOOKS, account_code="receivable", currency="EUR")

    assert [(line.reference_id, line.amount_minor, line.balance_minor) for line in lines] == [
        ("a", 1000, 1000),
        ("b", -400, 600),
    ]


@pytest.mark.django_db
def test_trial_balance_command_prints_the_books() -> None:
    issue("a", 1000, NOON)
    out = StringIO()

    call_command("trial_balance", stdout=out)

    assert out.getvalue().splitlines()[0] == "brand 1, test mode"
    assert out.getvalue().splitlines()[-1] == "The books balance."


@pytest.mark.real_commits
def test_trial_balance_command_fails_on_books_that_do_not_balance() -> None:
    issue("a", 1000, NOON)
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE ledger_entry DISABLE TRIGGER USER")
        cursor.execute("UPDATE ledger_entry SET amount_minor = 999 WHERE amount_minor = 1000")

    with pytest.raises(CommandError, match=r"brand 1, test mode: \{'EUR': -1\}"):
        call_command("trial_balance", stdout=StringIO())
