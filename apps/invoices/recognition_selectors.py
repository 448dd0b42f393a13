"""Reads of earned and deferred revenue, as it was at any instant. Minor units; an `at` is exclusive."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import F, Q, Sum

from apps.invoices.models import (
    CreditNoteLine,
    InvoiceLine,
    RecognitionMovement,
    RecognitionSchedule,
)
from apps.pricing.periods.wall_clock import local_day
from apps.pricing.recognition import earned_by


@dataclass(frozen=True, slots=True)
class LinePosition:
    """Where the net of one invoice line stands: net = deferred + recognised + credited.

    Credited is what credit notes, later lines or a void gave back of it.
    """

    line: InvoiceLine
    net_minor: int
    deferred_minor: int
    recognized_minor: int
    credited_minor: int


@dataclass(frozen=True, slots=True)
class DeferredMonth:
    """What is still to be earned in one month, from its first day (of the brand's zone)."""

    currency: str
    month: date
    amount_minor: int


def line_positions(lines: Collection[InvoiceLine], *, at: datetime) -> list[LinePosition]:
    """Where each line of an issued invoice stood at `at`; in four queries.

    Left out are lines that take back a part of another, for they stand on that one's, and lines of invoices
    issued at `at` or later.
    """
    standing = [
        line
        for line in lines
        if line.credits_line_id is None
        and line.invoice.number is not None
        and line.invoice.finalized_at is not None
        and line.invoice.finalized_at < at
    ]
    keys = [line.pk for line in standing]
    schedules = dict(RecognitionSchedule.objects.filter(line__in=keys).values_list("line_id", "pk"))
    moved = _moved(keys, at)
    given_back = _given_back(keys, at)
    return [
        _scheduled(line, *moved.get(line.pk, (0, 0)))
        if line.pk in schedules
        else _earned(line, given_back[line.pk], at)
        for line in standing
    ]


def _scheduled(line: InvoiceLine, recognized: int, credited: int) -> LinePosition:
    return LinePosition(line, line.net_minor, line.net_minor - recognized - credited, recognized, credited)


def _earned(line: InvoiceLine, given_back: int, at: datetime) -> LinePosition:
    voided_at = line.invoice.voided_at
    credited = line.net_minor if voided_at is not None and voided_at < at else given_back
    return LinePosition(line, line.net_minor, 0, line.net_minor - credited, credited)


def _moved(line_ids: Collection[int], at: datetime) -> dict[int, tuple[int, int]]:
    rows = (
        RecognitionMovement.objects.filter(schedule__line__in=line_ids, at__lt=at)
        .order_by()
        .values_list("schedule__line_id")
        .annotate(recognized=Sum("recognized_minor"), credited=Sum("credited_minor"))
    )
    return {line_id: (int(recognized), int(credited)) for line_id, recognized, credited in rows}


def _given_back(line_ids: Collection[int], at: datetime) -> Counter[int]:
    """What credit notes and negative lines that stood at `at` gave back, net, by line."""
    given: Counter[int] = Counter()
    noted = CreditNoteLine.objects.filter(invoice_line__in=line_ids, credit_note__issued_at__lt=at).filter(
        Q(credit_note__voided_at=None) | Q(credit_note__voided_at__gte=at)
    )
    for credit in noted:
        given[credit.invoice_line_id] += credit.net_minor
    taken = InvoiceLine.objects.filter(
        credits_line__in=line_ids, invoice__number__isnull=False, invoice__finalized_at__lt=at
    ).filter(Q(invoice__voided_at=None) | Q(invoice__voided_at__gte=at))
    for line in taken:
        if line.credits_line_id is not None:
            given[line.credits_line_id] -= line.net_minor
    return given


def deferred_by_month(*, brand_id: int, livemode: bool, at: datetime) -> list[DeferredMonth]:
    """What was deferred at `at`, by the month in which it is to be earned; by currency and month.

    The rest of each line is spread evenly over the days that were left of its period. Months are those of
    the brand's zone; what is overdue stands in the month of `at`. The sums are the ledger's deferred revenue.
    """
    books = {"brand_id": brand_id, "livemode": livemode, "booked_at__lt": at}
    spread = ("currency", "time_zone", "spread_from", "spread_to")
    left: Counter[tuple[str, str, date, date]] = Counter()
    opened = RecognitionSchedule.objects.filter(**books).values_list(*spread)
    for *key, amount in opened.annotate(amount=Sum("amount_minor")):
        left[tuple(key)] += int(amount)
    moved = RecognitionMovement.objects.filter(
        at__lt=at, **{f"schedule__{name}": value for name, value in books.items()}
    ).order_by()
    by_spread = moved.values_list(*(f"schedule__{name}" for name in spread))
    for *key, amount in by_spread.annotate(amount=Sum(F("recognized_minor") + F("credited_minor"))):
        left[tuple(key)] -= int(amount)
    months: Counter[tuple[str, date]] = Counter()
    for (currency, zone, first, last), amount in left.items():
        begins = max(first, local_day(at, zone))
        for month, part in _months(begins, last, amount):
            months[currency, month] += part
    return [DeferredMonth(*key, amount) for key, amount in sorted(months.items()) if amount]


def _months(first: date, last: date, amount: int) -> Iterable[tuple[date, int]]:
    """An amount spread over the days of [first, last), at least one, by month."""
    month, earned = first.replace(day=1), 0
    while earned != amount:
        following = (month.replace(day=28) + (date(2000, 1, 5) - date(2000, 1, 1))).replace(day=1)
        until = earned_by(following, first=first, last=last, amount_minor=amount)
        yield month, until - earned
        month, earned = following, until


def deferred_of(*, brand_id: int, livemode: bool) -> dict[str, int]:
    """What is deferred now, by currency."""
    rows = (
        RecognitionSchedule.objects.filter(brand_id=brand_id, livemode=livemode, next_at__isnull=False)
        .order_by()
        .values_list("currency")
        .annotate(left=Sum(F("amount_minor") - F("recognized_minor") - F("credited_minor")))
    )
    return {currency: int(left) for currency, left in rows}


def recognized_in(run_id: str) -> list[RecognitionMovement]:
    """What one run of recognition earned, line by line: the drill-down of its ledger transaction."""
    rows = RecognitionMovement.objects.filter(source_type="recognition", source_id=run_id)
    return list(rows.select_related("schedule__line__invoice", "schedule__customer").order_by("schedule_id"))
