from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction

from apps.billing.enums import CancelTiming
from apps.billing.services.subscriptions.cancel import cancel_at_period_end, cancel_now, cancel_on
from apps.billing.services.subscriptions.change_plan import ChangeRequest, change_plan
from apps.billing.services.subscriptions.make_change import ChangeMade
from apps.billing.services.subscriptions.pause import pause, resume
from apps.invoices.models import Invoice
from apps.subscriptions.enums import CancelReason
from apps.subscriptions.models import ScheduledChange, Subscription
from apps.subscriptions.services.withdraw_change import withdraw_change


@dataclass(frozen=True, slots=True)
class CancelRequest:
    """An end: at once, when the running period ends, or on a day (`effective_at`, UTC, which wins).

    `unused_part` says where the unused rest of what was paid goes; empty is the plan's policy.
    """

    timing: CancelTiming = CancelTiming.PERIOD_END
    effective_at: datetime | None = None
    unused_part: str = ""
    reason: str = CancelReason.OTHER
    comment: str = ""


@dataclass(frozen=True, slots=True)
class PauseRequest:
    """A pause: at once or from `effective_at` on, until somebody resumes or `resume_at` comes (UTC)."""

    effective_at: datetime | None = None
    resume_at: datetime | None = None
    unused_part: str = ""


@dataclass(frozen=True, slots=True)
class ResumeRequest:
    """The end of a pause: at once, or at `effective_at` (UTC)."""

    effective_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class UndoRequest:
    """Taking back what is scheduled: the change with this public id, or else the last wish."""

    change: str = ""


Request = ChangeRequest | CancelRequest | PauseRequest | ResumeRequest | UndoRequest


@dataclass(frozen=True, slots=True)
class CarriedOut:
    """What became of a request: made at once (`effective_at` is now) or scheduled, with the invoices of now.

    `change` is what is scheduled, was made or was taken back; None for an end at once.
    """

    effective_at: datetime
    change: ScheduledChange | None = None
    invoices: list[Invoice] = field(default_factory=list)


@transaction.atomic
def carry_out(
    *, subscription: Subscription, request: Request, at: datetime, below: int | None = None
) -> CarriedOut:
    """Do what was asked of a subscription, at `at` (UTC), by the service that does it.

    `below` is a usage watermark: what was stored later is late usage of what is closed here.

    Raises:
        As `change_plan`, `cancel_now`, `pause`, `resume` and `withdraw_change`.
    """
    key = subscription.pk
    match request:
        case ChangeRequest():
            return _of(change_plan(subscription_id=key, request=request, at=at, below=below))
        case CancelRequest():
            return _cancel(subscription, request, at, below)
        case PauseRequest():
            made = pause(
                subscription_id=key,
                at=at,
                effective_at=request.effective_at,
                resume_at=request.resume_at,
                unused_part=request.unused_part,
                below=below,
            )
            return _of(made)
        case ResumeRequest():
            return _of(resume(subscription_id=key, at=at, effective_at=request.effective_at, below=below))
        case UndoRequest():
            undone = withdraw_change(subscription_id=key, at=at, reference=request.change or None)
            return CarriedOut(at, undone)


def _of(made: ChangeMade) -> CarriedOut:
    return CarriedOut(made.change.effective_at, made.change, made.invoices)


def _cancel(
    subscription: Subscription, request: CancelRequest, at: datetime, below: int | None
) -> CarriedOut:
    reason, comment = request.reason, request.comment
    if request.effective_at is not None:
        change = cancel_on(
            subscription_id=subscription.pk,
            effective_at=request.effective_at,
            reason=reason,
            comment=comment,
            at=at,
            unused_part=request.unused_part,
        )
        return CarriedOut(change.effective_at, change)
    if request.timing == CancelTiming.PERIOD_END:
        return _of(
            cancel_at_period_end(
                subscription=subscription, reason=reason, comment=comment, at=at, below=below
            )
        )
    invoices = cancel_now(
        subscription_id=subscription.pk,
        reason=reason,
        comment=comment,
        at=at,
        unused_part=request.unused_part,
        below=below,
    )
    return CarriedOut(at, invoices=invoices)
