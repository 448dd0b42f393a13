from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import IntegrityError, transaction

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


@transaction.atomic
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
    posted = _posted(content)
    if posted is None:
        try:
            with transaction.atomic():
                return _append(content, legs)
        except IntegrityError:
            # Another process committed the same key since we looked; anything else is a fault of ours.
            posted = _posted(content)
            if posted is None:
                raise
    _check_same(posted, content, legs)
    return posted


def _append(row: Transaction, legs: Iterable[Leg]) -> Transaction:
    row.save(force_insert=True)
    Entry.objects.bulk_create(
        Entry(
            transaction=row,
            account=_account(row, leg),
            amount_minor=leg.amount_minor,
            currency=leg.currency,
        )
        for leg in legs
    )
    return row


def _account(row: Transaction, leg: Leg) -> Account:
    account, _ = Account.objects.get_or_create(
        brand_id=row.brand_id,
        livemode=row.livemode,
        code=leg.account_code,
        currency=leg.currency,
        defaults={"kind": chart_account(leg.account_code).kind},
    )
    return account


def _posted(content: Transaction) -> Transaction | None:
    return Transaction.objects.filter(
        brand_id=content.brand_id, livemode=content.livemode, key=content.key
    ).first()


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
