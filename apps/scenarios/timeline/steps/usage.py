from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from apps.core.errors import InvalidInput
from apps.scenarios.timeline.stage import Stage
from apps.scenarios.timeline.story import Step, instant
from apps.usage.correction import EventReference
from apps.usage.enums import IntakeOutcome
from apps.usage.incoming import MAX_EVENTS, IncomingEvent
from apps.usage.services.ingest import ingest_events
from apps.usage.services.void_event import void_event

Given = Mapping[str, Any]


def send_event(stage: Stage, step: Step) -> None:
    _send(stage, step, [step.given])


def send_events(stage: Stage, step: Step) -> None:
    _send(stage, step, step.given["events"])


def take_back_event(stage: Stage, step: Step) -> None:
    void_event(
        brand_id=stage.customer.brand_id,
        livemode=False,
        event=EventReference(id=str(step.given["id"])),
        received_at=step.at,
    )


def _send(stage: Stage, step: Step, given: list[Given]) -> None:
    events = [_event(stage, step, number, event) for number, event in enumerate(given, 1)]
    for first in range(0, len(events), MAX_EVENTS):
        answers = ingest_events(
            brand_id=stage.customer.brand_id,
            livemode=False,
            events=events[first : first + MAX_EVENTS],
            received_at=step.at,
        )
        for answer in answers:
            if answer.status not in (IntakeOutcome.ACCEPTED, IntakeOutcome.DUPLICATE):
                reason = "; ".join(error.message for error in answer.errors or ()) or answer.status
                raise InvalidInput(f"event {answer.id!r}: {reason}")


def _event(stage: Stage, step: Step, number: int, event: Given) -> IncomingEvent:
    at = instant(event["timestamp"], stage.story.zone) if "timestamp" in event else step.at
    return IncomingEvent(
        id=str(event.get("id", f"{step.place} {number}")),
        customer=stage.customer.public_id,
        event=event["event"],
        timestamp=at,
        properties=dict(event.get("properties") or {}),
    )
