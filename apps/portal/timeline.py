"""What happened to a customer, as sentences for the customer: from the event log, in plain words."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.dateparse import parse_datetime
from django.utils.translation import get_language, gettext

from apps.audit.models import Event
from apps.core.formatting import FALLBACK_LOCALE, format_day
from apps.subscriptions.enums import CancelReason, ChangeKind, SubscriptionStatus

Data = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a timeline, for `components/_timeline.html`."""

    at: datetime
    text: str
    detail: str = ""


def entries_of(events: Iterable[Event], *, zone: str) -> list[Entry]:
    """The events that mean something to a customer, in the given order; days are those of `zone`."""
    return [
        Entry(event.at, write(event.data, zone), _reason(event.data))
        for event in events
        if (write := _SENTENCES.get(event.name)) is not None
    ]


def _created(data: Data, zone: str) -> str:
    plan = {"plan": data.get("plan_name") or data.get("plan", "")}
    if data.get("status") == SubscriptionStatus.SCHEDULED:
        words = plan | {"day": _day(data.get("starts_at"), zone)}
        return gettext("Subscribed to %(plan)s from %(day)s on") % words
    if data.get("trial_ends_at"):
        return gettext("Trial of %(plan)s started") % plan
    return gettext("Subscribed to %(plan)s") % plan


def _scheduled(data: Data, zone: str) -> str:
    words = {"day": _day(data.get("effective_at"), zone), "plan": data.get("plan_name") or ""}
    if data.get("kind") == ChangeKind.CANCEL:
        if data.get("reason") == CancelReason.TERM_ENDED:
            return gettext("Agreed to end on %(day)s") % words
        return gettext("Cancellation on %(day)s requested") % words
    if fixed := _SCHEDULED.get(str(data.get("kind"))):
        return gettext(fixed) % words
    if data.get("kind") == ChangeKind.QUANTITY:
        return gettext("%(quantity)s seats from %(day)s on requested") % {
            **words,
            "quantity": data.get("quantity"),
        }
    return gettext("Change to %(plan)s on %(day)s requested") % words


_SCHEDULED = {
    ChangeKind.PAUSE.value: "Pause from %(day)s on requested",
    ChangeKind.RESUME.value: "Resume on %(day)s requested",
    ChangeKind.BILLING_DAY.value: "Another billing day from %(day)s on requested",
}


def _withdrawn(data: Data, zone: str) -> str:
    if data.get("kind") == ChangeKind.CANCEL:
        return gettext("Cancellation taken back")
    return gettext("Requested change taken back")


def _changed(data: Data, zone: str) -> str:
    return gettext("Plan changed to %(plan)s") % {"plan": data.get("to_name") or data.get("to", "")}


def _quantity(data: Data, zone: str) -> str:
    return gettext("Seats changed from %(from)s to %(to)s") % dict(data)


def _renewed(data: Data, zone: str) -> str:
    return gettext("Renewed until %(day)s") % {"day": _day(data.get("ends_at"), zone)}


def _ending(data: Data, zone: str) -> str:
    return gettext("Reminder sent: the trial ends on %(day)s") % {"day": _day(data.get("ends_at"), zone)}


def _extended(data: Data, zone: str) -> str:
    return gettext("Trial extended until %(day)s") % {"day": _day(data.get("to"), zone)}


def _downgraded(data: Data, zone: str) -> str:
    return gettext("Trial ended; moved to %(plan)s") % {"plan": data.get("to_name") or data.get("to", "")}


def _fixed(text: str) -> Callable[[Data, str], str]:
    return lambda data, zone: gettext(text)


_SENTENCES: dict[str, Callable[[Data, str], str]] = {
    "subscription.created": _created,
    "subscription.change_scheduled": _scheduled,
    "subscription.change_withdrawn": _withdrawn,
    "subscription.plan_changed": _changed,
    "subscription.quantity_changed": _quantity,
    "subscription.renewed": _renewed,
    "subscription.trial_ending": _ending,
    "subscription.trial_downgraded": _downgraded,
    "subscription.trial_converted": _fixed("Trial ended; the paid plan began"),
    "subscription.past_due": _fixed("A payment failed"),
    "subscription.recovered": _fixed("The payment was made up for"),
    "subscription.started": _fixed("Subscription began"),
    "subscription.trial_extended": _extended,
    "subscription.paused": _fixed("Subscription paused"),
    "subscription.resumed": _fixed("Subscription goes on"),
    "subscription.canceled": _fixed("Subscription ended"),
}


def _reason(data: Data) -> str:
    reason = data.get("reason")
    return str(CancelReason(reason).label) if reason in CancelReason.values else ""


def _day(value: object, zone: str) -> str:
    at = parse_datetime(value) if isinstance(value, str) else None
    return format_day(at, locale=get_language() or FALLBACK_LOCALE, zone=zone) if at else ""
