from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from apps.audit.services.record import record_event
from apps.billing.dunning import Placed, next_retry
from apps.billing.dunning_selectors import policy_for, steps_left, subscriptions_on, timeline_of
from apps.billing.enums import CollectionStatus, DunningAction
from apps.billing.models import CollectionCase
from apps.billing.services.collection.move_case import move_case
from apps.billing.services.collection.take_step import note_step, take_step
from apps.payments.enums import DeclineKind
from apps.subscriptions.services.mark_past_due import mark_past_due


def place_case(*, case: CollectionCase, kind: DeclineKind, at: datetime) -> None:
    """Say what comes next for a locked case of which an attempt failed at `at` (customer's time).

    The steps that have come due are taken. Soft: the next retry of the timeline. Hard or authentication: no
    retry, because the same card would be declined again; every other step comes all the same. After the last
    step it is given up. An invoice's first failure makes its subscriptions past due and fixes its policy.
    """
    if case.first_failed_at is None:
        case.first_failed_at = at
        case.policy = policy_for(case.invoice)
        for subscription_id in subscriptions_on(case.invoice):
            mark_past_due(subscription_id=subscription_id, at=at, invoice_id=case.invoice.public_id)
    if case.status == CollectionStatus.EXHAUSTED:
        give_up(case=case, at=at)
        return
    placed = timeline_of(case)
    retry_at = next_retry(placed=placed, at=at) if kind == DeclineKind.SOFT else None
    advance_case(case=case, placed=placed, retry_at=retry_at, at=at)


def advance_case(
    *, case: CollectionCase, placed: Sequence[Placed], retry_at: datetime | None, at: datetime
) -> None:
    """Take every step of a locked case that is due at `at`, and say when the next one is.

    A step of the day of a retry waits for what comes of it. Of several mails that are due at once, because a
    payment was under way or the machine was off, only the last is written.
    """
    left = steps_left(case, placed)
    due = [each for each in left if each.at <= at and (retry_at is None or each.at < retry_at)]
    is_last = len(due) == len(left) and retry_at is None
    if is_last:
        give_up(case=case, at=at)
    written = [each for each in due if each.step.action == DunningAction.MAIL]
    for each in due:
        if each in written[:-1]:
            note_step(case=case, step=each.step, at=at, problem="A later mail was due, too.")
        else:
            take_step(case=case, step=each.step, at=at)
    if not is_last:
        _wait(case, [each for each in left if each not in due], placed, retry_at)


def give_up(*, case: CollectionCase, at: datetime) -> None:
    """Stop trying: once, however often a given-up invoice is tried by hand afterwards."""
    case.next_step_at = None
    if case.status == CollectionStatus.EXHAUSTED:
        move_case(case, CollectionStatus.EXHAUSTED)
        return
    move_case(case, CollectionStatus.EXHAUSTED)
    record_event(
        name="collection.exhausted",
        subject=case.invoice,
        at=at,
        data={"invoice": case.invoice.public_id, "failures": case.failures},
    )


def _wait(
    case: CollectionCase, left: Sequence[Placed], placed: Sequence[Placed], retry_at: datetime | None
) -> None:
    coming = left[0].at if left else None
    if retry_at is None:
        case.next_step_at = coming
        move_case(case, CollectionStatus.WAITING, next_attempt_at=placed[-1].at)
        return
    case.next_step_at = coming if coming is not None and coming < retry_at else None
    move_case(case, CollectionStatus.DUE, next_attempt_at=retry_at)
