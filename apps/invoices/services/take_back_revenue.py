from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from apps.invoices.enums import RecognitionKind
from apps.invoices.models import RecognitionMovement, RecognitionSchedule
from apps.invoices.recognition import MOVING, catch_up, day_of, movement, put_back, set_next, take

Source = tuple[str, str]


def take_back_revenue(*, taken: Mapping[int, int], source: Source, at: datetime) -> int:
    """Give back parts of lines (key to net minor units); returns by how much deferred revenue falls.

    Each line that is still being earned is first recognised up to the local day of `at`; then what is
    deferred of it is reduced, and only beyond that what was recognised. The rest of what is given back, of
    these lines and of those that were earned at once, is the caller's to take off revenue. `source` is
    the (type, public id) of what gives back. Runs in the caller's transaction.
    """
    movements = []
    schedules = _locked(taken)
    for schedule in schedules:
        day = day_of(schedule, at)
        net = taken[schedule.line_id]
        grown = catch_up(schedule, day)
        recognized = take(schedule, net, day)
        movements += _recognized(schedule, grown, source, at)
        movements.append(
            movement(
                schedule,
                RecognitionKind.CREDITED,
                source=source,
                at=at,
                recognized_minor=-recognized,
                credited_minor=net,
            )
        )
    return _save(schedules, movements)


def restore_revenue(*, source: Source, at: datetime) -> int:
    """Undo what `source` took back, for it is voided; returns by how much deferred revenue falls (below 0).

    What came off deferred revenue is deferred again, over the days that are left, at least one.
    """
    taken = {
        row.schedule_id: row
        for row in RecognitionMovement.objects.filter(
            source_type=source[0], source_id=source[1], kind=RecognitionKind.CREDITED
        )
    }
    if not taken:
        return 0
    movements = []
    undo = (f"{source[0]}_void", source[1])
    schedules = list(RecognitionSchedule.objects.select_for_update().filter(pk__in=taken).order_by("pk"))
    for schedule in schedules:
        day, row = day_of(schedule, at), taken[schedule.pk]
        grown = catch_up(schedule, day)
        put_back(schedule, net_minor=row.credited_minor, recognized_minor=-row.recognized_minor, day=day)
        movements += _recognized(schedule, grown, undo, at)
        movements.append(
            movement(
                schedule,
                RecognitionKind.RESTORED,
                source=undo,
                at=at,
                recognized_minor=-row.recognized_minor,
                credited_minor=-row.credited_minor,
            )
        )
    return _save(schedules, movements)


def void_revenue(*, invoice_id: int, source: Source, at: datetime) -> int:
    """Close the schedules of an invoice that is voided; returns what was deferred of them."""
    movements = []
    schedules = list(
        RecognitionSchedule.objects.select_for_update(of=("self",))
        .filter(line__invoice_id=invoice_id)
        .order_by("pk")
    )
    for schedule in schedules:
        recognized, standing = schedule.recognized_minor, schedule.amount_minor - schedule.credited_minor
        if not standing and not recognized:
            continue
        schedule.recognized_minor, schedule.credited_minor = 0, schedule.amount_minor
        set_next(schedule, day_of(schedule, at))
        movements.append(
            movement(
                schedule,
                RecognitionKind.VOIDED,
                source=source,
                at=at,
                recognized_minor=-recognized,
                credited_minor=standing,
            )
        )
    return _save(schedules, movements)


def _locked(taken: Mapping[int, int]) -> list[RecognitionSchedule]:
    keys = [line_id for line_id, net in taken.items() if net]
    if not keys:
        return []
    return list(RecognitionSchedule.objects.select_for_update().filter(line_id__in=keys).order_by("pk"))


def _recognized(
    schedule: RecognitionSchedule, grown: int, source: Source, at: datetime
) -> list[RecognitionMovement]:
    if not grown:
        return []
    return [movement(schedule, RecognitionKind.RECOGNIZED, source=source, at=at, recognized_minor=grown)]


def _save(schedules: Iterable[RecognitionSchedule], movements: Iterable[RecognitionMovement]) -> int:
    """Write both; returns by how much what is deferred fell."""
    made = list(movements)
    if made:
        RecognitionSchedule.objects.bulk_update(schedules, MOVING)
        RecognitionMovement.objects.bulk_create(made)
    return sum(row.recognized_minor + row.credited_minor for row in made)
