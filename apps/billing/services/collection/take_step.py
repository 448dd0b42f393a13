from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import structlog
from django.db import InterfaceError, OperationalError, transaction

from apps.audit.services.record import record_event
from apps.billing.dunning import Step
from apps.billing.dunning_selectors import subscriptions_on
from apps.billing.enums import DunningAction
from apps.billing.models import CollectionCase, DunningStepTaken
from apps.billing.services.collection.restrict import restrict_customer
from apps.billing.services.subscriptions.cancel import cancel_now
from apps.billing.services.subscriptions.change_plan import ChangeRequest, change_plan
from apps.entitlements.enums import AccessLevel
from apps.invoices.services.write_off import write_off
from apps.plans.policies import Timing
from apps.subscriptions.enums import CancelReason, SubscriptionStatus
from apps.subscriptions.models import Subscription

logger = structlog.get_logger(__name__)

WRITTEN_OFF = "No step of its collecting brought the money."


def take_step(*, case: CollectionCase, step: Step, at: datetime) -> DunningStepTaken:
    """Do what a step says, once, and write it down; a retry is charged by whoever calls, not here.

    `at` is the customer's time; the caller holds the customer and the case. A step that cannot be done (the
    plan is sold no more, the subscription has ended) is written down with its problem, and the timeline goes
    on: a charge's outcome must not be lost with it.
    """
    problem = ""
    try:
        with transaction.atomic():
            ACTIONS[step.action](case, step, at)
    except (OperationalError, InterfaceError):
        raise
    except Exception as error:
        logger.exception("dunning_step_failed", case=case.public_id, day=step.day, action=step.action)
        problem = f"{type(error).__name__}: {error}"
    return note_step(case=case, step=step, at=at, problem=problem)


def note_step(*, case: CollectionCase, step: Step, at: datetime, problem: str = "") -> DunningStepTaken:
    """Write down that a step was taken; once."""
    taken, _ = DunningStepTaken.objects.get_or_create(
        case=case, day=step.day, action=step.action, defaults={"taken_at": at, "problem": problem}
    )
    return taken


def _nothing(case: CollectionCase, step: Step, at: datetime) -> None:
    """A retry is a charge, which is made outside any transaction."""


def _write(case: CollectionCase, step: Step, at: datetime) -> None:
    record_event(
        name="collection.reminded",
        subject=case.invoice,
        at=at,
        data={"invoice": case.invoice.public_id, "mail": step.mail, "day": step.day},
    )


def _restrict(case: CollectionCase, step: Step, at: datetime) -> None:
    level = AccessLevel.SUSPENDED if step.action == DunningAction.SUSPEND else AccessLevel.READ_ONLY
    restrict_customer(case=case, level=level, at=at)


def _cancel(case: CollectionCase, step: Step, at: datetime) -> None:
    for subscription_id in _running(case):
        cancel_now(subscription_id=subscription_id, reason=CancelReason.PAYMENT_FAILED, comment="", at=at)


def _downgrade(case: CollectionCase, step: Step, at: datetime) -> None:
    # What is unpaid of the running period stays owed: nothing of it is given back, nothing more is charged.
    request = ChangeRequest(plan_code=step.plan_code, timing=Timing.NOW, prorates=False)
    for subscription_id in _running(case):
        change_plan(subscription_id=subscription_id, request=request, at=at)


def _write_off(case: CollectionCase, step: Step, at: datetime) -> None:
    write_off(invoice_id=case.invoice_id, at=at, reason=WRITTEN_OFF)


def _running(case: CollectionCase) -> list[int]:
    ids = subscriptions_on(case.invoice)
    ended = Subscription.objects.filter(pk__in=ids, status=SubscriptionStatus.CANCELED)
    return [key for key in ids if key not in set(ended.values_list("pk", flat=True))]


ACTIONS: dict[DunningAction, Callable[[CollectionCase, Step, datetime], None]] = {
    DunningAction.RETRY: _nothing,
    DunningAction.MAIL: _write,
    DunningAction.RESTRICT: _restrict,
    DunningAction.SUSPEND: _restrict,
    DunningAction.DOWNGRADE: _downgrade,
    DunningAction.CANCEL: _cancel,
    DunningAction.WRITE_OFF: _write_off,
}
