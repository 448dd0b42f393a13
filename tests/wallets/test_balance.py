from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import IntegrityError, connection, transaction

from apps.audit.models import Event
from apps.customers.models import Customer
from apps.ledger.selectors import account_balance, imbalance, trial_balance
from apps.wallets.enums import MovementKind
from apps.wallets.errors import BalanceAmountInvalid, InsufficientBalance, MovementKeyReused
from apps.wallets.models import BalanceMovement, CustomerBalance
from apps.wallets.selectors import balance_of, movements_of
from apps.wallets.services.adjust import adjust_balance
from apps.wallets.services.credit import credit_balance
from apps.wallets.services.debit import debit_balance
from apps.wallets.services.spend import spend_balance
from tests.factories.billing import STARTED_AT
from tests.factories.customers import make_customer

REFERENCE = ("invoice", "inv_1")


def credit(customer: Customer, amount: int, key: str = "c1", currency: str = "EUR") -> BalanceMovement:
    return credit_balance(
        customer=customer,
        currency=currency,
        amount_minor=amount,
        kind=MovementKind.CREDIT_NOTE,
        reference=("credit_note", "cn_1"),
        key=key,
        at=STARTED_AT,
    )


def spend(customer: Customer, up_to: int, key: str = "s1") -> int:
    return spend_balance(
        customer=customer, currency="EUR", up_to_minor=up_to, reference=REFERENCE, key=key, at=STARTED_AT
    )


@pytest.mark.django_db
def test_spending_takes_what_is_there_and_no_more() -> None:
    customer = make_customer()
    credit(customer, 1000)

    assert [spend(customer, 700, "a"), spend(customer, 700, "b"), spend(customer, 700, "c")] == [700, 300, 0]
    assert balance_of(customer.pk, "EUR") == 0
    assert [(m.amount_minor, m.balance_after_minor) for m in movements_of(customer.pk)] == [
        (-300, 0),
        (-700, 300),
        (1000, 1000),
    ]


@pytest.mark.django_db
def test_a_key_moves_once_and_says_the_same_again() -> None:
    customer = make_customer()

    first, again = credit(customer, 1000), credit(customer, 1000)
    spent, spent_again = spend(customer, 400), spend(customer, 400)

    assert (first.pk, spent, spent_again) == (again.pk, 400, 400)
    assert balance_of(customer.pk, "EUR") == 600
    with pytest.raises(MovementKeyReused):
        credit(customer, 999)


@pytest.mark.django_db
def test_currencies_are_apart() -> None:
    customer = make_customer()
    credit(customer, 1000, "usd", currency="USD")

    assert spend(customer, 500) == 0
    assert (balance_of(customer.pk, "EUR"), balance_of(customer.pk, "USD")) == (0, 1000)


@pytest.mark.django_db
@pytest.mark.parametrize("amount", [0, -5])
def test_a_credit_that_is_not_above_zero_is_refused(amount: int) -> None:
    with pytest.raises(BalanceAmountInvalid):
        credit(make_customer(), amount)

    assert not CustomerBalance.objects.exists()


@pytest.mark.django_db
def test_taking_more_than_there_is_changes_nothing() -> None:
    customer = make_customer()
    credit(customer, 100)

    with pytest.raises(InsufficientBalance):
        adjust_balance(customer=customer, currency="EUR", amount_minor=-101, note="Oops", at=STARTED_AT)
    with pytest.raises(InsufficientBalance):
        debit_balance(
            customer=make_customer(),
            currency="EUR",
            amount_minor=1,
            kind=MovementKind.MANUAL_DEBIT,
            reference=REFERENCE,
            key="d",
            at=STARTED_AT,
        )

    assert balance_of(customer.pk, "EUR") == 100
    assert BalanceMovement.objects.count() == 1


@pytest.mark.django_db
def test_by_hand_books_goodwill_and_says_why() -> None:
    customer = make_customer()

    given = adjust_balance(customer=customer, currency="EUR", amount_minor=500, note="Sorry", at=STARTED_AT)
    adjust_balance(customer=customer, currency="EUR", amount_minor=-200, note="Too much", at=STARTED_AT)

    totals = trial_balance(brand_id=customer.brand_id, livemode=False)
    assert {t.account_code: t.balance_minor for t in totals} == {"customer_credit": -300, "goodwill": 300}
    assert imbalance(totals) == {}
    assert (given.kind, given.note) == (MovementKind.MANUAL_CREDIT, "Sorry")


@pytest.mark.django_db
def test_by_hand_of_nothing_or_in_no_currency_is_refused() -> None:
    customer = make_customer()

    for currency, amount in (("EUR", 0), ("EUX", 100)):
        with pytest.raises(BalanceAmountInvalid):
            adjust_balance(customer=customer, currency=currency, amount_minor=amount, note="?", at=STARTED_AT)


@pytest.mark.django_db
def test_movements_are_told_in_the_log() -> None:
    customer = make_customer()
    credit(customer, 1000)
    spend(customer, 400)

    told = Event.objects.filter(name__startswith="balance.").order_by("pk")

    assert [(e.name, e.data["amount_minor"], e.data["balance_after_minor"]) for e in told] == [
        ("balance.credited", 1000, 1000),
        ("balance.spent", -400, 600),
    ]
    assert {event.customer_id for event in told} == {customer.pk}


@pytest.mark.django_db
def test_the_books_hold_what_customers_hold() -> None:
    customer = make_customer()
    credit(customer, 1000)
    spend(customer, 400)

    books = {"brand_id": customer.brand_id, "livemode": False, "currency": "EUR"}
    assert account_balance(**books, account_code="customer_credit", customer_id=customer.pk) == -600
    assert account_balance(**books, account_code="receivable", customer_id=customer.pk) == 600


@pytest.mark.django_db
def test_movements_are_append_only() -> None:
    credit(make_customer(), 1000)

    with pytest.raises(IntegrityError), transaction.atomic():
        BalanceMovement.objects.update(note="changed")
    with pytest.raises(IntegrityError), transaction.atomic():
        BalanceMovement.objects.all()._raw_delete(using="default")
    with pytest.raises(IntegrityError), transaction.atomic():
        CustomerBalance.objects.update(balance_minor=-1)


@pytest.mark.real_commits
def test_a_balance_that_is_not_its_movements_is_refused_at_commit() -> None:
    credit(make_customer(), 1000)

    with pytest.raises(IntegrityError, match="movements sum to"):
        CustomerBalance.objects.update(balance_minor=2000)

    assert CustomerBalance.objects.get().balance_minor == 1000


def spend_in_a_thread(job: tuple[Customer, str]) -> int:
    try:
        return spend(job[0], 700, job[1])
    finally:
        connection.close()


@pytest.mark.real_commits
def test_many_spenders_share_one_balance_exactly() -> None:
    customer = make_customer()
    credit(customer, 5000)

    with ThreadPoolExecutor(8) as pool:
        spent = list(pool.map(spend_in_a_thread, [(customer, f"k{n}") for n in range(16)]))

    assert sorted(spent, reverse=True)[:8] == [700] * 7 + [100]
    assert (sum(spent), balance_of(customer.pk, "EUR")) == (5000, 0)
