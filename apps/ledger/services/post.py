from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from apps.core import clock
from apps.ledger.accounts_chart import chart_account
from apps.ledger.errors import LedgerKeyReused, UnbalancedTransaction
from apps.ledger.models import Account, Entry, Transaction


@dataclass(frozen=True, slots=True)
class Leg:
    """One side of a posting, in minor units of ``currency``: a debit is positive, a credit negative."""

    account_code: str
    amount_minor: int
    currency: str


def post_transaction(  # noqa: PLR0913 - the columns of a posting; a dataclass would only rename them
    *,
    key: str,
    brand_id: int,
    livemode: bool,
    at: datetime,
    kind: str,
    reference: tuple[str, str],
    customer_id: int | None,
    legs: Sequence[Leg],
) -> Transaction:
    """Append a balanced transaction to the books; posting the same key again returns the first one.

    ``reference`` is (type, public id) of what caused it, ``at`` the effective instant (UTC). Legs of zero
    are left out. A retry may name another ``at``: the first one stands. Accounts of the chart are made on
    first use.

    Raises:
        UnbalancedTransaction: the legs do not sum to zero per currency, or fewer than two are left.
        UnknownAccount: a leg names an account that the chart lacks.
        LedgerKeyReused: the key was posted with another kind, reference, customer or legs (409).
    """
    legs = [leg for leg in legs if leg.amount_minor]
    _check_balance(legs)
    content = Transaction(
        brand_id=brand_id,
        livemode=livemode,
        key=key,
        kind=kind,
        reference_type=reference[0],
        reference_id=reference[1],
        customer_id=customer_id,
        leg_count=len(legs),
        at=at,
        recorded_at=clock.now(),
    )
    # Nothing is caught inside, so a savepoint within the caller's transaction would only cost round trips.
    with transaction.atomic(savepoint=False):
        posted = _insert(content)
        if posted.public_id == content.public_id:
            _add_entries(posted, legs)
            return posted
    _check_same(posted, content, legs)
    return posted


def _insert(content: Transaction) -> Transaction:
    """The stored row of this key: the new one, or the first one if another process was quicker."""
    # Waits for whoever is just posting the same key, and takes no harm from it.
    Transaction.objects.bulk_create([content], ignore_conflicts=True)
    return Transaction.objects.get(brand_id=content.brand_id, livemode=content.livemode, key=content.key)


def _add_entries(posted: Transaction, legs: Sequence[Leg]) -> None:
    accounts = _accounts(posted, legs)
    Entry.objects.bulk_create(
        Entry(
            transaction=posted,
            account=accounts[leg.account_code, leg.currency],
            amount_minor=leg.amount_minor,
            currency=leg.currency,
        )
        for leg in legs
    )


def _accounts(posted: Transaction, legs: Sequence[Leg]) -> dict[tuple[str, str], Account]:
    books = Account.objects.filter(brand_id=posted.brand_id, livemode=posted.livemode)
    known = books.filter(code__in={leg.account_code for leg in legs})
    found = {(account.code, account.currency): account for account in known}
    for leg in legs:
        if (leg.account_code, leg.currency) not in found:
            found[leg.account_code, leg.currency] = _make_account(posted, leg)
    return found


def _make_account(posted: Transaction, leg: Leg) -> Account:
    account, _ = Account.objects.get_or_create(
        brand_id=posted.brand_id,
        livemode=posted.livemode,
        code=leg.account_code,
        currency=leg.currency,
        defaults={"kind": chart_account(leg.account_code).kind},
    )
    return account


def _check_balance(legs: Sequence[Leg]) -> None:
    sums: Counter[str] = Counter()
    for leg in legs:
        chart_account(leg.account_code)
        sums[leg.currency] += leg.amount_minor
    uneven = {currency: total for currency, total in sums.items() if total}
    if uneven:
        raise UnbalancedTransaction(f"legs do not sum to zero: {uneven}")
    if len(legs) < 2:
        raise UnbalancedTransaction("a transaction has at least two legs")


def _check_same(posted: Transaction, content: Transaction, legs: Sequence[Leg]) -> None:
    old_legs = Counter(posted.entries.values_list("account__code", "amount_minor", "currency"))
    new_legs = Counter((leg.account_code, leg.amount_minor, leg.currency) for leg in legs)
    same = old_legs == new_legs and all(
        getattr(posted, name) == getattr(content, name)
        for name in ("kind", "reference_type", "reference_id", "customer_id")
    )
    if not same:
        raise LedgerKeyReused(f"ledger key '{content.key}' was posted with other content")
