"""Granting, spending in burn order, giving back, voiding, expiring, and what the books and the log say."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction

from apps.audit.models import Event
from apps.core.due_work import Scope
from apps.customers.models import Customer
from apps.ledger.selectors import imbalance, trial_balance
from apps.subscriptions.billed_line import BilledLine
from apps.wallets.due import grant_expiry
from apps.wallets.enums import GrantKind, GrantSource, Rollover
from apps.wallets.errors import (
    GrantInvalid,
    GrantKeyReused,
    GrantUnavailable,
    WalletClosed,
    WalletNotEmpty,
)
from apps.wallets.grant_selectors import available_minor
from apps.wallets.grant_terms import GrantTerms
from apps.wallets.models import CreditGrant, GrantMovement, Wallet
from apps.wallets.open_grants import open_promotional
from apps.wallets.services.close_wallet import close_wallet
from apps.wallets.services.grant import grant_credit
from apps.wallets.services.return_spends import return_spends
from apps.wallets.services.spend_prepaid import spend_prepaid
from apps.wallets.services.spend_promotional import hold_promotional, spend_promotional
from apps.wallets.services.void_grant import void_grant
from tests.factories.billing import STARTED_AT as NOW
from tests.factories.customers import make_customer
from tests.factories.wallets import make_grant, make_wallet

DAY = timedelta(days=1)
INVOICE = ("invoice", "inv_1")
FEE, CALLS = BilledLine(plan_id=1), BilledLine(plan_id=1, meter_id=7)
EVER = Scope()

pytestmark = pytest.mark.django_db


def pay(wallet: Wallet, amount: int, *, key: str = "k", at=NOW, lines=None, up_to: int | None = None) -> int:
    return spend_prepaid(
        customer=wallet.customer,
        currency=wallet.currency,
        at=at,
        up_to_minor=amount if up_to is None else up_to,
        amounts=lines or [(FEE, amount)],
        reference=INVOICE,
        key=key,
    )


def movements(wallet: Wallet) -> list[tuple[str, int, int]]:
    rows = wallet.movements.order_by("pk")
    return [(row.kind, row.amount_minor, row.wallet_after_minor) for row in rows]


def books(customer: Customer) -> dict[str, int]:
    totals = trial_balance(brand_id=customer.brand_id, livemode=False)
    assert imbalance(totals) == {}
    return {total.account_code: total.balance_minor for total in totals}


def balance(wallet: Wallet) -> int:
    wallet.refresh_from_db()
    assert wallet.balance_minor == sum(row.amount_minor for row in wallet.movements.all())
    return wallet.balance_minor


def test_grants_burn_by_priority_then_expiry_then_age() -> None:
    wallet = make_wallet()
    for name, terms in {
        "never": {},
        "late": {"expires_at": NOW + 9 * DAY},
        "older": {"expires_at": NOW + 2 * DAY},
        "younger": {"expires_at": NOW + 2 * DAY},
        "first": {"priority": 1},
        "last": {"priority": 50, "expires_at": NOW + DAY},
    }.items():
        make_grant(100, wallet=wallet, name=name, **terms)

    assert pay(wallet, 550) == 550

    spent = GrantMovement.objects.filter(kind="spent").order_by("pk")
    assert [(row.grant.name, row.amount_minor) for row in spent.select_related("grant")] == [
        ("first", -100),
        ("older", -100),
        ("younger", -100),
        ("late", -100),
        ("never", -100),
        ("last", -50),
    ]
    assert balance(wallet) == 50


def test_prepaid_pays_what_there_is_and_says_the_same_again() -> None:
    wallet = make_wallet()
    make_grant(1000, wallet=wallet)

    assert [pay(wallet, 700, key="a"), pay(wallet, 700, key="a"), pay(wallet, 700, key="b")] == [
        700,
        700,
        300,
    ]
    assert pay(wallet, 700, key="c") == 0
    assert movements(wallet) == [("granted", 1000, 1000), ("spent", -700, 300), ("spent", -300, 0)]


def test_scoped_grant_pays_only_the_lines_that_it_covers() -> None:
    wallet = make_wallet()
    make_grant(1000, wallet=wallet, meter_ids=(7,), plan_ids=(1,))
    lines = [(FEE, 500), (CALLS, 300), (CALLS, -50), (BilledLine(plan_id=2, meter_id=7), 900)]

    assert pay(wallet, 0, lines=lines, up_to=1650) == 250


def test_early_grant_leaves_a_scoped_one_what_only_that_can_pay() -> None:
    wallet = make_wallet()
    make_grant(300, wallet=wallet, priority=1)
    make_grant(300, wallet=wallet, priority=2, meter_ids=(7,))

    assert pay(wallet, 0, lines=[(CALLS, 300), (FEE, 300)], up_to=600) == 600


def test_prepaid_pays_at_most_what_the_invoice_still_takes() -> None:
    wallet = make_wallet()
    make_grant(1000, wallet=wallet)

    assert pay(wallet, 800, up_to=120) == 120


def test_currencies_customers_and_kinds_are_apart() -> None:
    wallet = make_wallet(currency="USD")
    make_grant(1000, wallet=wallet)
    euros = make_wallet(customer=wallet.customer)
    make_grant(400, wallet=euros, kind=GrantKind.PROMOTIONAL)

    assert pay(euros, 500) == 0
    assert pay(make_wallet(), 500) == 0
    assert balance(wallet) == 1000


def test_grant_is_worth_something_from_its_begin_to_before_its_end() -> None:
    wallet = make_wallet()
    make_grant(100, wallet=wallet, effective_at=NOW + DAY, expires_at=NOW + 2 * DAY)
    second = timedelta(microseconds=1)

    worth = [
        available_minor(wallet, at=at)
        for at in (NOW + DAY - second, NOW + DAY, NOW + 2 * DAY - second, NOW + 2 * DAY)
    ]

    assert worth == [0, 100, 100, 0]
    assert balance(wallet) == 100


def test_promotional_is_spent_exactly_and_books_nothing() -> None:
    wallet = make_wallet()
    grant = make_grant(500, wallet=wallet, kind=GrantKind.PROMOTIONAL)

    (held,) = hold_promotional(customer_id=wallet.customer_id, currency="EUR", at=NOW)
    spends = [(held.grant_id, 200)]
    spend_promotional(spends=spends, reference=INVOICE, key="k", at=NOW)
    spend_promotional(spends=spends, reference=INVOICE, key="k", at=NOW)

    (left,) = open_promotional(customer_id=wallet.customer_id, currency="EUR", at=NOW)
    assert (held.left_minor, left.left_minor, left.public_id) == (500, 300, grant.public_id)
    assert books(wallet.customer) == {}
    with pytest.raises(GrantKeyReused):
        spend_promotional(spends=[(grant.pk, 100)], reference=INVOICE, key="k", at=NOW)


def test_promotional_that_is_not_there_is_refused_and_nothing_is_taken() -> None:
    wallet = make_wallet()
    first = make_grant(100, wallet=wallet, kind=GrantKind.PROMOTIONAL)
    over = make_grant(100, wallet=wallet, kind=GrantKind.PROMOTIONAL, expires_at=NOW + DAY)
    prepaid = make_grant(100, wallet=wallet)

    for spends, at in (
        ([(first.pk, 60), (first.pk, 60)], NOW),
        ([(first.pk, 50), (over.pk, 50)], NOW + DAY),
        ([(prepaid.pk, 50)], NOW),
        ([(first.pk, 0)], NOW),
    ):
        with pytest.raises(GrantUnavailable):
            spend_promotional(spends=spends, reference=INVOICE, key="k", at=at)

    assert balance(wallet) == 300


def test_one_query_without_a_wallet(django_assert_num_queries) -> None:
    customer = make_customer()

    with django_assert_num_queries(1):
        assert open_promotional(customer_id=customer.pk, currency="EUR", at=NOW) == []
    with transaction.atomic(), django_assert_num_queries(1):
        assert hold_promotional(customer_id=customer.pk, currency="EUR", at=NOW) == []


def test_a_voided_invoice_gives_back_once() -> None:
    wallet = make_wallet()
    make_grant(1000, wallet=wallet)
    pay(wallet, 700)

    given = [return_spends(reference=INVOICE, key=f"void{n}", at=NOW + DAY) for n in (1, 2)]

    assert given == [700, 0]
    assert movements(wallet)[1:] == [("spent", -700, 300), ("returned", 700, 1000)]
    assert books(wallet.customer)["receivable"] == 0
    assert pay(wallet, 1000, key="again") == 1000


def test_what_is_given_back_to_an_expired_grant_lives_on_for_the_time_it_had() -> None:
    wallet = make_wallet()
    old = make_grant(1000, wallet=wallet, expires_at=NOW + 10 * DAY, meter_ids=(7,))
    pay(wallet, 0, at=NOW + 4 * DAY, lines=[(CALLS, 600)], up_to=600)
    grant_expiry.run_due(EVER, NOW + 10 * DAY)

    return_spends(reference=INVOICE, key="void", at=NOW + 30 * DAY)

    heir = CreditGrant.objects.get(rolled_from=old)
    assert (heir.amount_minor, heir.effective_at, heir.expires_at, heir.meter_ids) == (
        600,
        NOW + 30 * DAY,
        NOW + 36 * DAY,
        [7],
    )
    assert movements(wallet)[2:] == [
        ("expired", -400, 0),
        ("returned", 600, 600),
        ("rolled_over", -600, 0),
        ("granted", 600, 600),
    ]
    assert balance(wallet) == 600


def test_voided_promotional_credit_is_not_given_back_but_prepaid_is() -> None:
    wallet = make_wallet()
    gift = make_grant(100, wallet=wallet, kind=GrantKind.PROMOTIONAL)
    money = make_grant(100, wallet=wallet)
    spend_promotional(spends=[(gift.pk, 60)], reference=INVOICE, key="promo", at=NOW)
    pay(wallet, 60)
    for grant in (gift, money):
        void_grant(grant_id=grant.pk, reason="Wrong customer", at=NOW)

    assert return_spends(reference=INVOICE, key="void", at=NOW + DAY) == 60

    heir = CreditGrant.objects.get(rolled_from=money)
    assert (balance(wallet), heir.remaining_minor, heir.expires_at) == (60, 60, None)


def test_voiding_takes_the_rest_and_nothing_twice() -> None:
    wallet = make_wallet()
    grant = make_grant(1000, wallet=wallet)
    pay(wallet, 300)

    void_grant(grant_id=grant.pk, reason="Mistake", at=NOW)

    assert balance(wallet) == 0
    assert GrantMovement.objects.get(kind="voided").note == "Mistake"
    with pytest.raises(GrantUnavailable):
        void_grant(grant_id=grant.pk, reason="Again", at=NOW)


@pytest.mark.parametrize(
    ("source", "booked"),
    [
        (GrantSource.GIVEN, {"goodwill": 300, "customer_credit": 0, "receivable": -300}),
        (GrantSource.PAID, {"customer_credit": 1000, "receivable": -300, "refunds_payable": -700}),
    ],
)
def test_voided_prepaid_goes_back_where_it_came_from(source: GrantSource, booked: dict[str, int]) -> None:
    wallet = make_wallet()
    grant = make_grant(1000, wallet=wallet, source=source)
    pay(wallet, 300)

    void_grant(grant_id=grant.pk, reason="Mistake", at=NOW)

    assert books(wallet.customer) == booked


def test_expired_prepaid_is_breakage_and_promotional_is_not_booked() -> None:
    wallet = make_wallet()
    make_grant(1000, wallet=wallet, expires_at=NOW + DAY)
    make_grant(500, wallet=wallet, expires_at=NOW + DAY, kind=GrantKind.PROMOTIONAL)
    pay(wallet, 400)

    assert grant_expiry.next_due(EVER) == NOW + DAY
    assert grant_expiry.run_due(EVER, NOW + DAY - timedelta(seconds=1)) == 0
    assert grant_expiry.run_due(EVER, NOW + 5 * DAY) == 2
    assert grant_expiry.run_due(EVER, NOW + 5 * DAY) == 0

    assert books(wallet.customer) == {
        "goodwill": 1000,
        "customer_credit": 0,
        "receivable": -400,
        "breakage": -600,
    }
    assert (balance(wallet), grant_expiry.next_due(EVER)) == (0, None)
    assert {row.at for row in GrantMovement.objects.filter(kind="expired")} == {NOW + DAY}


def test_rollover_once_takes_its_share_along_and_then_expires() -> None:
    wallet = make_wallet()
    make_grant(1000, wallet=wallet, expires_at=NOW + 10 * DAY, rollover=Rollover.ONCE, rollover_percent=25)
    pay(wallet, 600)

    grant_expiry.run_due(EVER, NOW + 10 * DAY)

    assert movements(wallet)[2:] == [
        ("rolled_over", -250, 150),
        ("granted", 250, 400),
        ("expired", -150, 250),
    ]
    heir = wallet.grants.latest("pk")
    assert (heir.effective_at, heir.expires_at) == (NOW + 10 * DAY, NOW + 20 * DAY)
    assert grant_expiry.run_due(EVER, NOW + 20 * DAY) == 1
    assert balance(wallet) == 0
    assert books(wallet.customer) == {
        "goodwill": 1000,
        "customer_credit": 0,
        "receivable": -600,
        "breakage": -400,
    }


@pytest.mark.parametrize("days", [10, 25])
def test_what_rolls_over_pays_the_bill_of_that_instant_before_any_sweep(days: int) -> None:
    wallet = make_wallet()
    make_grant(1000, wallet=wallet, expires_at=NOW + 10 * DAY, rollover=Rollover.ALWAYS)
    free = {"kind": GrantKind.PROMOTIONAL, "expires_at": NOW + 10 * DAY, "rollover": Rollover.ALWAYS}
    make_grant(700, wallet=wallet, **free)
    at = NOW + days * DAY

    (held,) = hold_promotional(customer_id=wallet.customer_id, currency="EUR", at=at)
    paid = pay(wallet, 1500, at=at)

    assert (held.left_minor, paid, balance(wallet)) == (700, 1000, 700)
    assert grant_expiry.run_due(EVER, at) == 0


def test_grant_that_is_given_back_to_just_after_its_end_ends_again() -> None:
    wallet = make_wallet()
    make_grant(1000, wallet=wallet, expires_at=NOW + 10 * DAY, rollover=Rollover.ONCE, rollover_percent=25)
    pay(wallet, 600)
    grant_expiry.run_due(EVER, NOW + 10 * DAY)

    # The void began before the end, and was written down after it.
    return_spends(reference=INVOICE, key="void", at=NOW + 9 * DAY)
    grant_expiry.run_due(EVER, NOW + 10 * DAY)

    assert movements(wallet)[5:] == [
        ("returned", 600, 850),
        ("rolled_over", -250, 600),
        ("granted", 250, 850),
        ("expired", -350, 500),
    ]
    assert balance(wallet) == 500


def test_rollover_always_goes_on_until_it_is_spent() -> None:
    wallet = make_wallet()
    make_grant(1000, wallet=wallet, expires_at=NOW + 10 * DAY, rollover=Rollover.ALWAYS)

    done = [grant_expiry.run_due(EVER, NOW + 35 * DAY) for _ in range(4)]

    assert done == [1, 1, 1, 0]
    assert available_minor(wallet, at=NOW + 35 * DAY) == 1000
    assert wallet.grants.latest("pk").expires_at == NOW + 40 * DAY


def test_key_grants_once() -> None:
    wallet = make_wallet()
    asked = {
        "wallet_id": wallet.pk,
        "source": GrantSource.GIVEN,
        "reference": ("customer", "cus_1"),
        "key": "welcome",
        "at": NOW,
    }

    first = grant_credit(**asked, terms=GrantTerms(GrantKind.PROMOTIONAL, 500))
    again = grant_credit(**asked, terms=GrantTerms(GrantKind.PROMOTIONAL, 500))

    assert (first.pk, balance(wallet)) == (again.pk, 500)
    with pytest.raises(GrantKeyReused):
        grant_credit(**asked, terms=GrantTerms(GrantKind.PROMOTIONAL, 501))


@pytest.mark.parametrize(
    ("field", "terms"),
    [
        ("amount_minor", {"amount_minor": 0}),
        ("priority", {"priority": 0}),
        ("priority", {"priority": 51}),
        ("expires_at", {"expires_at": NOW}),
        ("expires_at", {"effective_at": NOW + DAY, "expires_at": NOW + DAY}),
        ("rollover", {"rollover": Rollover.ONCE}),
        ("rollover_percent", {"rollover_percent": 0}),
    ],
)
def test_terms_that_contradict_themselves_are_refused(field: str, terms: dict) -> None:
    wallet = make_wallet()

    with pytest.raises(GrantInvalid) as refused:
        make_grant(wallet=wallet, **terms)

    assert (refused.value.field, balance(wallet)) == (field, 0)


def test_closed_wallet_is_empty_and_takes_nothing() -> None:
    wallet = make_wallet()
    grant = make_grant(100, wallet=wallet)

    with pytest.raises(WalletNotEmpty):
        close_wallet(wallet_id=wallet.pk, at=NOW)
    void_grant(grant_id=grant.pk, reason="Closing", at=NOW)
    close_wallet(wallet_id=wallet.pk, at=NOW)

    with pytest.raises(WalletClosed):
        make_grant(100, wallet=wallet)


def test_log_tells_every_movement() -> None:
    wallet = make_wallet()
    make_grant(1000, wallet=wallet, expires_at=NOW + DAY)
    pay(wallet, 400)
    return_spends(reference=INVOICE, key="void", at=NOW)
    grant_expiry.run_due(EVER, NOW + DAY)

    told = Event.objects.filter(name__startswith="credit_grant.").order_by("pk")

    assert [(e.name, e.data["amount_minor"], e.data["wallet_after_minor"]) for e in told] == [
        ("credit_grant.granted", 1000, 1000),
        ("credit_grant.spent", -400, 600),
        ("credit_grant.returned", 400, 1000),
        ("credit_grant.expired", -1000, 0),
    ]
    assert {(e.customer_id, e.livemode) for e in told} == {(wallet.customer_id, False)}


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE wallets_grantmovement SET note = 'changed'",
        "DELETE FROM wallets_grantmovement",
        "TRUNCATE wallets_grantmovement",
        "UPDATE wallets_creditgrant SET amount_minor = 2000",
        "UPDATE wallets_creditgrant SET expires_at = now()",
        "DELETE FROM wallets_creditgrant",
        "TRUNCATE wallets_creditgrant CASCADE",
        "UPDATE wallets_wallet SET balance_minor = -1",
        "UPDATE wallets_creditgrant SET remaining_minor = 1001",
        "TRUNCATE wallets_balancemovement",
    ],
)
def test_database_refuses_what_would_rewrite_history(sql: str) -> None:
    make_grant(1000)
    run("SET CONSTRAINTS ALL IMMEDIATE")

    with pytest.raises(IntegrityError), transaction.atomic():
        run(sql)


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE wallets_wallet SET balance_minor = 1001",
        "UPDATE wallets_creditgrant SET remaining_minor = 999",
        "INSERT INTO wallets_grantmovement (public_id, wallet_id, grant_id, kind, amount_minor,"
        " remaining_after_minor, wallet_after_minor, reference_type, reference_id, key, note, at)"
        " SELECT 'x', wallet_id, id, 'spent', -1, 999, 999, '', '', 'x', '', now() FROM wallets_creditgrant",
        "INSERT INTO wallets_grantmovement (public_id, wallet_id, grant_id, kind, amount_minor,"
        " remaining_after_minor, wallet_after_minor, reference_type, reference_id, key, note, at)"
        " SELECT 'x', wallet_id, id, 'spent', -1, 998, 999, '', '', 'x', '', now() FROM wallets_creditgrant",
    ],
)
def test_database_refuses_what_is_not_the_sum_of_movements(sql: str) -> None:
    make_grant(1000)
    run("SET CONSTRAINTS ALL IMMEDIATE")

    with pytest.raises(IntegrityError, match=r"movements sum to|does not follow"), transaction.atomic():
        run(sql)


def run(sql: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql)
