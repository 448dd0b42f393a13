"""Reads of the log; ``seq`` is the one order that does not change."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db.models import Max, Min, QuerySet

from apps.audit.models import Event, OutboxPosition, Seal, UnsealedEvent


def events_after(*, seq: int, brand_id: int, livemode: bool, limit: int) -> list[Seal]:
    """The sealed events of a brand and mode after ``seq`` (exclusive), oldest first."""
    own = Seal.objects.select_related("event").filter(
        seq__gt=seq, event__brand_id=brand_id, event__livemode=livemode
    )
    return list(own.order_by("seq")[:limit])


def sealed_events(*, names: Iterable[str], up_to: int) -> QuerySet[Seal]:
    """The sealed events of these names up to the number ``up_to`` (inclusive), oldest first."""
    named = Seal.objects.select_related("event").filter(event__name__in=list(names), seq__lte=up_to)
    return named.order_by("seq")


def reader_position(*, reader: str) -> int:
    """How far a reader has come; 0 before its first event."""
    return OutboxPosition.objects.filter(reader=reader).values_list("seq", flat=True).first() or 0


def last_seq() -> int:
    """The number of the newest seal; 0 before the first."""
    newest: int | None = Seal.objects.aggregate(newest=Max("seq"))["newest"]
    return newest or 0


def timeline_for(*, subject_type: str, subject_id: str) -> QuerySet[Event]:
    """What happened to one subject, newest first by effective time; sealed or not."""
    return Event.objects.filter(subject_type=subject_type, subject_id=subject_id).order_by("-at", "-id")


def timeline_for_customer(*, customer_id: int) -> QuerySet[Event]:
    """What happened to a customer and everything of theirs, newest first by effective time."""
    return Event.objects.filter(customer_id=customer_id).order_by("-at", "-id")


def sealer_lag(*, at: datetime) -> timedelta:
    """How long the oldest waiting event has waited for its seal at ``at`` (real time); zero if none does."""
    oldest_id = UnsealedEvent.objects.aggregate(oldest=Min("event_id"))["oldest"]
    return _age(oldest_id, at)


def outbox_lag(*, reader: str, at: datetime) -> timedelta:
    """How long the oldest sealed event that this reader has not handled was there at ``at`` (real time)."""
    position = OutboxPosition.objects.filter(reader=reader).values_list("seq", flat=True).first()
    ahead = Seal.objects.filter(seq__gt=position or 0).order_by("seq")
    return _age(ahead.values_list("event_id", flat=True).first(), at)


def outbox_readers() -> list[str]:
    return list(OutboxPosition.objects.order_by("reader").values_list("reader", flat=True))


def _age(event_id: int | None, at: datetime) -> timedelta:
    if event_id is None:
        return timedelta(0)
    recorded_at = Event.objects.filter(pk=event_id).values_list("recorded_at", flat=True).first()
    return max(at - recorded_at, timedelta(0)) if recorded_at else timedelta(0)
