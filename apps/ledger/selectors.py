"""Reads of the books. Amounts are minor units; debits are positive; an ``at`` is exclusive."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Prefetch, Q, QuerySet, Sum
from django.db.models.functions import Coalesce

from apps.ledger.models import Account, Entry, Transaction


@dataclass(frozen=True, slots=True)
class AccountTotal:
    """One account's turnover: ``credit_minor`` is given as a positive number."""

    account_code: str
    kind: str
    currency: str
    debit_minor: int
    credit_minor: int

    @property
    def balance_minor(self) -> int:
        """Debits less credits."""
        return self.debit_minor - self.credit_minor


@dataclass(frozen=True, slots=True)
class StatementLine:
    """One entry of an account with the balance after it."""

    at: datetime
    kind: str
    reference_type: str
    reference_id: str
    amount_minor: int
    balance_minor: int


def trial_balance(*, brand_id: int, livemode: bool, at: datetime | None = None) -> list[AccountTotal]:
    """Every account with its turnover before ``at`` (exclusive; None is everything), by currency and code."""
    before = Q() if at is None else Q(entries__transaction__at__lt=at)
    amount = "entries__amount_minor"
    rows = (
        Account.objects.filter(brand_id=brand_id, livemode=livemode)
        .annotate(
            debit=Coalesce(Sum(amount, filter=before & Q(entries__amount_minor__gt=0)), 0),
            credit=Coalesce(Sum(amount, filter=before & Q(entries__amount_minor__lt=0)), 0),
        )
        .order_by("currency", "code")
    )
    return [AccountTotal(row.code, row.kind, row.currency, int(row.debit), -int(row.credit)) for row in rows]


def imbalance(totals: list[AccountTotal]) -> dict[str, int]:
    """The sum of all balances by currency, where it is not zero: always empty, or the books are broken."""
    sums: dict[str, int] = {}
    for total in totals:
        sums[total.currency] = sums.get(total.currency, 0) + total.balance_minor
    return {currency: balance for currency, balance in sums.items() if balance}


def count_transactions(*, customer_id: int, kinds: Collection[str]) -> dict[str, int]:
    """How many transactions of each of some kinds a customer has, 0 included."""
    own = Transaction.objects.filter(customer_id=customer_id, kind__in=kinds).order_by()
    counted = dict(own.values_list("kind").annotate(count=Count("pk")))
    return {kind: counted.get(kind, 0) for kind in kinds}


def account_balance(
    *,
    brand_id: int,
    livemode: bool,
    account_code: str,
    currency: str,
    customer_id: int | None = None,
    at: datetime | None = None,
) -> int:
    """Debits less credits of one account before ``at`` (exclusive), of one customer or of all."""
    entries = _entries(brand_id, livemode, account_code, currency, customer_id)
    if at is not None:
        entries = entries.filter(transaction__at__lt=at)
    return entries.aggregate(total=Coalesce(Sum("amount_minor"), 0))["total"]


def statement_for_account(
    *,
    brand_id: int,
    livemode: bool,
    account_code: str,
    currency: str,
    customer_id: int | None = None,
) -> list[StatementLine]:
    """Every entry of one account in effective order, with the running balance."""
    balance = 0
    lines = []
    entries = _entries(brand_id, livemode, account_code, currency, customer_id)
    for entry in entries.select_related("transaction").order_by("transaction__at", "id"):
        balance += entry.amount_minor
        cause = entry.transaction
        lines.append(
            StatementLine(
                cause.at, cause.kind, cause.reference_type, cause.reference_id, entry.amount_minor, balance
            )
        )
    return lines


def journal(*, brand_id: int, livemode: bool) -> QuerySet[Transaction]:
    """The transactions of one set of books with their legs, in two queries, the latest first."""
    legs = Entry.objects.select_related("account").order_by("id")
    own = Transaction.objects.filter(brand_id=brand_id, livemode=livemode)
    return own.prefetch_related(Prefetch("entries", queryset=legs)).order_by("-at", "-id")


def kinds_of(*, brand_id: int, livemode: bool) -> list[str]:
    """The kinds of transactions that one set of books has."""
    own = Transaction.objects.filter(brand_id=brand_id, livemode=livemode)
    return list(own.order_by("kind").values_list("kind", flat=True).distinct())


def books() -> list[tuple[int, bool]]:
    """(brand_id, livemode) of every set of books that has accounts."""
    return list(
        Account.objects.order_by("brand_id", "livemode").values_list("brand_id", "livemode").distinct()
    )


def _entries(
    brand_id: int, livemode: bool, account_code: str, currency: str, customer_id: int | None
) -> QuerySet[Entry]:
    entries = Entry.objects.filter(
        account__brand_id=brand_id,
        account__livemode=livemode,
        account__code=account_code,
        account__currency=currency,
    )
    return entries if customer_id is None else entries.filter(transaction__customer_id=customer_id)
