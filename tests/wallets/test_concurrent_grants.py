"""A hundred threads spend, expire, top up, void and give back at once: never below zero, always the sum."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from django.db import DatabaseError, connection
from django.db.models import Sum

from apps.core.due_work import Scope
from apps.ledger.selectors import account_balance, imbalance, trial_balance
from apps.subscriptions.billed_line import BilledLine
from apps.wallets.enums import GrantKind, Rollover, TopUpRule, TopUpStatus
from apps.wallets.errors import GrantUnavailable, TopUpRefused
from apps.wallets.grant_terms import TopUpTerms
from apps.wallets.models import CreditGrant, GrantMovement, Wallet
from apps.wallets.services import move_grant, spend_prepaid, spend_promotional
from apps.wallets.services.expire_grants import expire_grants
from apps.wallets.services.request_top_up import request_top_up
from apps.wallets.services.return_spends import return_spends
from apps.wallets.services.settle_top_up import fulfil_top_up
from apps.wallets.services.void_grant import void_grant
from tests.factories.billing import STARTED_AT as NOW
from tests.factories.wallets import make_grant, make_wallet

pytestmark = pytest.mark.real_commits

THREADS = 100
# The smaller runs: each thread has a connection, and the server of the tests allows two hundred to all.
FEWER = 30
END = NOW + timedelta(days=1)


def stocked() -> Wallet:
    """Ten grants of 1000: half of them expire, some roll over, one of each five is promotional."""
    rule = TopUpTerms(TopUpRule.THRESHOLD, amount_minor=500, threshold_minor=300)
    wallet = make_wallet(top_up=rule)
    for number in range(10):
        ends = {"expires_at": END, "rollover": Rollover.ONCE if number % 4 else Rollover.NONE}
        kind = GrantKind.PREPAID if number % 5 else GrantKind.PROMOTIONAL
        make_grant(1000, wallet=wallet, kind=kind, **(ends if number % 2 else {}))
    return wallet


def pay(wallet: Wallet, key: str, amount: int = 300) -> int:
    return spend_prepaid.spend_prepaid(
        customer=wallet.customer,
        currency="EUR",
        at=NOW,
        up_to_minor=amount,
        amounts=[(BilledLine(), amount)],
        reference=("invoice", key),
        key=key,
    )


def at_once(work: Callable[[int], object], threads: int = THREADS) -> list[object]:
    """What each of a hundred pieces of work came to: its answer, or why it was refused."""
    gate = Barrier(threads)

    def one(number: int) -> object:
        try:
            if number < threads:
                gate.wait()
            return work(number)
        except (DatabaseError, GrantUnavailable, TopUpRefused) as error:
            return error
        finally:
            connection.close()

    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(one, range(THREADS)))


def check(wallet: Wallet) -> int:
    """Everything that must hold of a wallet; its balance."""
    wallet.refresh_from_db()
    sums = dict(GrantMovement.objects.values_list("grant_id").annotate(total=Sum("amount_minor")))
    assert wallet.balance_minor == sum(sums.values()) >= 0
    assert {grant.pk: grant.remaining_minor for grant in CreditGrant.objects.all()} == sums
    assert all(total >= 0 for total in sums.values())
    return wallet.balance_minor


def test_spending_expiring_and_topping_up_at_once_stay_the_sum_of_movements() -> None:
    wallet = stocked()
    promotional = list(wallet.grants.filter(kind=GrantKind.PROMOTIONAL).values_list("pk", flat=True))
    doomed = wallet.grants.filter(kind=GrantKind.PREPAID).latest("pk").pk

    def work(number: int) -> object:
        key = f"k{number}"
        match number % 8:
            case 0:
                return expire_grants(scope=Scope(), at=END)
            case 1:
                spends = [(grant_id, 70) for grant_id in promotional]
                return spend_promotional.spend_promotional(
                    spends=spends, reference=("invoice", key), key=key, at=NOW
                )
            case 2:
                intent = wallet.top_ups.filter(status=TopUpStatus.OPEN).first()
                return intent and fulfil_top_up(top_up_id=intent.pk, at=NOW).pk
            case 3:
                return request_top_up(wallet_id=wallet.pk, amount_minor=200, at=NOW).pk
            case 4:
                pay(wallet, key)
                return return_spends(reference=("invoice", key), key=f"{key}:void", at=NOW)
            case 5 if number == 53:
                return void_grant(grant_id=doomed, reason="Test", at=NOW).pk
        return pay(wallet, key)

    answers = at_once(work)

    assert [answer for answer in answers if isinstance(answer, DatabaseError)] == []
    left = check(wallet)
    rest = CreditGrant.objects.filter(kind=GrantKind.PREPAID).aggregate(total=Sum("remaining_minor"))["total"]
    assert GrantMovement.objects.filter(kind="spent").count() > 20
    assert wallet.top_ups.filter(status=TopUpStatus.OPEN).count() <= 1
    assert imbalance(trial_balance(brand_id=wallet.brand_id, livemode=False)) == {}
    paid = (
        wallet.top_ups.filter(status=TopUpStatus.FULFILLED).aggregate(total=Sum("amount_minor"))["total"] or 0
    )
    # What was paid for is booked by whoever took the money: nobody here.
    owed = -account_balance(
        brand_id=wallet.brand_id, livemode=False, currency="EUR", account_code="customer_credit"
    )
    assert (owed + paid, left >= rest) == (rest, True)


def test_a_hundred_spenders_share_a_wallet_exactly() -> None:
    wallet = make_wallet()
    for _ in range(5):
        make_grant(1000, wallet=wallet)

    spent = at_once(lambda number: pay(wallet, f"k{number}", 70), FEWER)

    assert (sorted(spent, reverse=True)[:72], sum(spent)) == ([70] * 71 + [30], 5000)
    assert check(wallet) == 0


def unlock(monkeypatch: pytest.MonkeyPatch) -> None:
    def plain(*, customer_id: int, currency: str) -> list[Wallet]:
        return list(Wallet.objects.filter(customer_id=customer_id, currency=currency).order_by("pk"))

    monkeypatch.setattr(move_grant, "lock_wallets", plain)
    monkeypatch.setattr(spend_promotional, "lock_wallets", plain)


def test_without_the_lock_the_database_refuses_the_spenders(monkeypatch: pytest.MonkeyPatch) -> None:
    # The same run with the guard removed: the lock is what lets all hundred come through.
    unlock(monkeypatch)
    wallet = make_wallet()
    for _ in range(5):
        make_grant(1000, wallet=wallet)

    answers = at_once(lambda number: pay(wallet, f"k{number}", 70), FEWER)

    assert any(isinstance(answer, DatabaseError) for answer in answers)
    check(wallet)


def test_without_lock_and_triggers_more_is_spent_than_there_was(monkeypatch: pytest.MonkeyPatch) -> None:
    unlock(monkeypatch)
    with connection.cursor() as cursor:
        for table in ("wallets_grantmovement", "wallets_creditgrant", "wallets_wallet"):
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
    wallet = make_wallet()
    for _ in range(5):
        make_grant(1000, wallet=wallet)

    spent = at_once(lambda number: pay(wallet, f"k{number}", 70), FEWER)

    assert sum(answer for answer in spent if isinstance(answer, int)) > 5000
    with pytest.raises(AssertionError):
        check(wallet)
