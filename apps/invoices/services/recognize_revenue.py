from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import DateTimeField, F, Func, QuerySet
from django.db.models.expressions import Combinable

from apps.core.due_work import Scope
from apps.core.public_ids import new_public_id
from apps.invoices.enums import RecognitionKind
from apps.invoices.models import RecognitionMovement, RecognitionSchedule
from apps.invoices.recognition import MOVING, ONE_DAY, catch_up, day_of, movement
from apps.ledger.services.post import Leg, post_transaction
from apps.pricing.periods.wall_clock import start_of_day

# So many schedules share a transaction, of the database and of the books.
BATCH = 2000


def open_schedules(scope: Scope) -> QuerySet[RecognitionSchedule]:
    """Schedules with something deferred, of customers who live in this scope's time, soonest first."""
    own = RecognitionSchedule.objects.filter(
        next_at__isnull=False, customer__test_clock_id=scope.test_clock_id
    )
    return own.order_by("next_at", "pk")


def recognition_instants(scope: Scope) -> QuerySet[RecognitionSchedule, datetime | None]:
    """When revenue is due to be recognised (UTC): at each local midnight, on a test clock with each month.

    A clock may pass years at once: it stops twelve times in one for this, not 365 times.
    """
    due_at: Combinable = F("next_at") if scope.test_clock_id is None else _month_over()
    return open_schedules(scope).annotate(due_at=due_at).values_list("due_at", flat=True)


@transaction.atomic
def recognize_revenue(*, scope: Scope, at: datetime) -> int:
    """Recognise a batch of what is earned by `at` (UTC), in whole days of the brand's zone; returns how many.

    One turn books one brand, mode and currency, up to a midnight, and never days of two months: what is
    booked late takes effect in the month that earned it, at the last instant of its last day. Callers repeat
    it until it says 0.
    """
    first = open_schedules(scope).first()
    if first is None or first.next_at is None:
        return 0
    day = _until(first, at)
    if day is None:
        return 0
    schedules = list(
        open_schedules(scope)
        .filter(
            brand_id=first.brand_id,
            livemode=first.livemode,
            currency=first.currency,
            time_zone=first.time_zone,
            next_at__lte=start_of_day(day, first.time_zone),
        )
        # One that is being credited waits for the next sweep; a clock waits for it.
        .select_for_update(of=("self",), skip_locked=scope.test_clock_id is None)[:BATCH]
    )
    _recognize(schedules, day)
    return len(schedules)


def _recognize(schedules: Sequence[RecognitionSchedule], day: date) -> None:
    if not schedules:
        return
    source = ("recognition", new_public_id("rec"))
    at = start_of_day(day, schedules[0].time_zone) - timedelta(microseconds=1)
    movements = []
    for schedule in schedules:
        grown = catch_up(schedule, day)
        if grown:
            made = movement(
                schedule, RecognitionKind.RECOGNIZED, source=source, at=at, recognized_minor=grown
            )
            movements.append(made)
    RecognitionSchedule.objects.bulk_update(schedules, MOVING, batch_size=500)
    RecognitionMovement.objects.bulk_create(movements)
    _post(schedules[0], sum(row.recognized_minor for row in movements), source=source, at=at)


def _post(like: RecognitionSchedule, grown: int, *, source: tuple[str, str], at: datetime) -> None:
    if not grown:
        return
    post_transaction(
        key=f"recognition:{source[1]}",
        brand_id=like.brand_id,
        livemode=like.livemode,
        at=at,
        kind="recognition",
        reference=source,
        customer_id=None,
        legs=[Leg("deferred_revenue", grown, like.currency), Leg("revenue", -grown, like.currency)],
    )


def _until(first: RecognitionSchedule, at: datetime) -> date | None:
    """The day before which this turn recognises; None when nothing is to be done yet."""
    if first.next_at is None or first.next_at > at:
        return None
    return min(day_of(first, at), _end_of_month(day_of(first, first.next_at) - ONE_DAY))


def _end_of_month(day: date) -> date:
    """The first day of the next month."""
    return (day.replace(day=1) + timedelta(days=32)).replace(day=1)


def _month_over() -> Func:
    """When the month of the next day that earns something is over: its last local midnight (UTC)."""
    local = Func(F("time_zone"), F("next_at"), function="timezone")
    month_after = Func(
        local, template="date_trunc('month', %(expressions)s - interval '1 day') + interval '1 month'"
    )
    return Func(F("time_zone"), month_after, function="timezone", output_field=DateTimeField())
