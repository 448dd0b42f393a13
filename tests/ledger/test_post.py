from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

import pytest
from django.core.management import call_command
from django.db import DatabaseError, IntegrityError, connection, transaction

from apps.ledger.errors import LedgerKeyReused, UnbalancedTransaction, UnknownAccount
from apps.ledger.models import Account, Entry, Transaction
from apps.ledger.services.post import Leg, post_transaction

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)


def post(**overrides: Any) -> Transaction:
    values: dict[str, Any] = {
        "key": "invoice:1:issued",
        "brand_id": 1,
        "livemode": False,
        "at": NOON,
        "kind": "invoice_issued",
        "reference": ("invoice", "inv_1"),
        "customer_id": 7,
        "legs": [
            Leg("receivable", 11900, "EUR"),
            Leg("revenue", -10000, "EUR"),
            Leg("tax_payable", -1900, "EUR"),
        ],
    }
    return post_transaction(**values | overrides)


@pytest.mark.real_commits
def test_post_writes_balanced_entries_and_makes_accounts() -> None:
    posted = post()

    assert posted.public_id.startswith("ltx_")
    assert posted.leg_count == 3
    legs = Entry.objects.order_by("id").values_list("account__code", "account__kind", "amount_minor")
    assert list(legs) == [
        ("receivable", "asset", 11900),
        ("revenue", "income", -10000),
        ("tax_payable", "liability", -1900),
    ]


@pytest.mark.django_db
def test_post_leaves_out_legs_of_zero() -> None:
    legs = [Leg("receivable", 100, "EUR"), Leg("revenue", -100, "EUR"), Leg("tax_payable", 0, "EUR")]

    assert post(legs=legs).leg_count == 2


@pytest.mark.django_db
@pytest.mark.parametrize(
    "legs",
    [
        [Leg("receivable", 100, "EUR"), Leg("revenue", -99, "EUR")],
        [Leg("receivable", 100, "EUR"), Leg("revenue", -100, "USD")],
        [Leg("receivable", 0, "EUR"), Leg("revenue", 0, "EUR")],
        [],
    ],
)
def test_post_unbalanced_is_refused_and_writes_nothing(legs: list[Leg]) -> None:
    with pytest.raises(UnbalancedTransaction):
        post(legs=legs)

    assert Transaction.objects.count() == Account.objects.count() == 0


@pytest.mark.django_db
def test_post_unknown_account_is_refused() -> None:
    with pytest.raises(UnknownAccount):
        post(legs=[Leg("slush_fund", 1, "EUR"), Leg("revenue", -1, "EUR")])


@pytest.mark.django_db
def test_post_same_key_again_returns_the_first() -> None:
    first = post()

    again = post(at=datetime(2026, 7, 1, tzinfo=UTC))

    assert again.pk == first.pk
    assert again.at == NOON
    assert Entry.objects.count() == 3


@pytest.mark.django_db
@pytest.mark.parametrize(
    "change",
    [
        {"kind": "invoice_voided"},
        {"customer_id": 8},
        {"reference": ("invoice", "inv_2")},
        {"legs": [Leg("receivable", 1, "EUR"), Leg("revenue", -1, "EUR")]},
    ],
)
def test_post_same_key_with_other_content_is_refused(change: dict[str, Any]) -> None:
    post()

    with pytest.raises(LedgerKeyReused):
        post(**change)

    assert Entry.objects.count() == 3


@pytest.mark.django_db
def test_post_same_key_in_other_books_is_another_transaction() -> None:
    made = {post().pk, post(livemode=True).pk, post(brand_id=2).pk}

    assert len(made) == 3


@pytest.mark.real_commits
def test_post_same_key_from_eight_threads_writes_once() -> None:
    def post_and_close(_: int) -> int:
        try:
            return post().pk
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        made = set(pool.map(post_and_close, range(40)))

    assert len(made) == 1
    assert Entry.objects.count() == 3
    assert Account.objects.count() == 3


def insert_by_hand(*amounts: int, legs: int | None = None, currency: str = "EUR") -> None:
    """What a careless script would do, past the service."""
    account = Account.objects.get_or_create(
        brand_id=1, livemode=False, code="revenue", kind="income", currency="EUR"
    )[0]
    with transaction.atomic():
        row = Transaction.objects.create(
            brand_id=1,
            livemode=False,
            key=f"by hand {Transaction.objects.count()}",
            kind="manual",
            reference_type="x",
            reference_id="x",
            leg_count=len(amounts) if legs is None else legs,
            at=NOON,
            recorded_at=NOON,
        )
        for amount in amounts:
            Entry.objects.create(transaction=row, account=account, amount_minor=amount, currency=currency)


@pytest.mark.real_commits
@pytest.mark.parametrize(
    ("amounts", "options"),
    [
        ((100, -99), {}),
        ((100,), {}),
        ((), {}),
        ((100, -100), {"legs": 3}),
        ((100, -100), {"currency": "USD"}),
    ],
)
def test_database_refuses_a_transaction_that_does_not_balance(amounts, options) -> None:
    with pytest.raises(IntegrityError):
        insert_by_hand(*amounts, **options)

    assert Transaction.objects.count() == Entry.objects.count() == 0


@pytest.mark.real_commits
def test_database_without_its_triggers_accepts_an_unbalanced_transaction() -> None:
    """The guard removed: the refusals above are the triggers' work."""
    with connection.cursor() as cursor:
        cursor.execute("DROP TRIGGER ledger_entry_balances ON ledger_entry")
        cursor.execute("DROP TRIGGER ledger_transaction_balances ON ledger_transaction")

    insert_by_hand(100, -99)

    assert sum(Entry.objects.values_list("amount_minor", flat=True)) == 1


@pytest.mark.real_commits
def test_database_refuses_balanced_legs_that_come_later() -> None:
    posted = post()
    account = Account.objects.get(code="revenue")

    pair = [
        Entry(transaction=posted, account=account, amount_minor=amount, currency="EUR") for amount in (5, -5)
    ]
    with pytest.raises(IntegrityError), transaction.atomic():
        Entry.objects.bulk_create(pair)

    assert Entry.objects.count() == 3


@pytest.mark.real_commits
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE ledger_entry SET amount_minor = amount_minor * 2",
        "UPDATE ledger_transaction SET at = now()",
        "UPDATE ledger_account SET kind = 'asset'",
        "DELETE FROM ledger_entry",
        "DELETE FROM ledger_transaction",
        "TRUNCATE ledger_entry",
        "TRUNCATE ledger_transaction CASCADE",
        "TRUNCATE ledger_account CASCADE",
    ],
)
def test_database_refuses_any_change_to_the_books(statement: str) -> None:
    post()
    before = list(Entry.objects.order_by("id").values_list())

    with pytest.raises(DatabaseError), connection.cursor() as cursor:
        cursor.execute(statement)

    assert list(Entry.objects.order_by("id").values_list()) == before


@pytest.mark.real_commits
def test_migrations_of_the_guards_can_be_taken_back_and_put_on_again() -> None:
    def triggers() -> int:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM pg_trigger WHERE NOT tgisinternal"
                " AND tgrelid::regclass::text LIKE ANY (ARRAY['ledger%', 'audit%'])"
            )
            return cursor.fetchone()[0]

    before = triggers()

    for app in ("ledger", "audit"):
        call_command("migrate", app, "0001", verbosity=0, skip_checks=True)
    assert (before, triggers()) == (13, 0)

    call_command("migrate", verbosity=0, skip_checks=True)
    assert triggers() == before
