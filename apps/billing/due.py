"""What of billing becomes due as time passes; `settings.DUE_WORK` lists these objects by name."""

from __future__ import annotations

from datetime import datetime

from django.db.models import QuerySet

from apps.billing.enums import CollectionStatus
from apps.billing.models import BillingRun, CollectionCase
from apps.billing.services.collection.announce_expiry import announce_expiry, expiry_instants
from apps.billing.services.collection.collect_due import collect_due, is_due
from apps.billing.services.collection.process_inbox import process_inbox
from apps.billing.services.collection.resolve_payments import resolve_payments
from apps.billing.services.refunds.resolve_refunds import resolve_refunds
from apps.billing.services.run.finalize_due import drafts_in, finalize_due
from apps.billing.services.run.finalize_waiting_taxes import finalize_waiting_taxes
from apps.billing.services.run.run_billing import billable, run_billing
from apps.billing.services.top_ups.bill_top_ups import bill_top_ups
from apps.billing.services.top_ups.settle_top_ups import decided_top_ups, settle_top_ups
from apps.billing.services.usage.find_late_usage import find_late_usage
from apps.billing.services.usage.run_usage_bills import due_watches, run_usage_bills
from apps.billing.services.usage.settle_late_due import late_in, settle_late_due
from apps.core import clock
from apps.core.due_work import DueWork, Instants, Scope
from apps.customers.selectors import scope_time
from apps.subscriptions.models import Subscription
from apps.subscriptions.services.remind_of_trial_end import remind_of_trial_end
from apps.wallets.grant_selectors import unbilled_top_ups

# Each case is a call to a gateway: a sweep stops after this many, and goes on at its next turn.
COLLECTION_BATCH = 50


def _renewals(scope: Scope) -> Instants:
    return [billable(scope).values_list("next_bill_at", flat=True)]


def _run_renewals(scope: Scope, at: datetime) -> int:
    started_at = clock.now()
    counts = run_billing(scope=scope, at=at)
    if counts.handled:
        BillingRun.objects.create(
            at=at,
            test_clock_id=scope.test_clock_id,
            customers_billed=counts.customers_billed,
            invoices_finalized=counts.invoices_finalized,
            customers_parked=counts.customers_parked,
            started_at=started_at,
            finished_at=clock.now(),
        )
    return counts.handled


def _usage_bills(scope: Scope) -> Instants:
    """Usage is due as soon as it is there: at the scope's own time."""
    present = scope_time(scope)
    return [due_watches(scope, present).annotate(present=present).values_list("present", flat=True)]


def _run_usage_bills(scope: Scope, at: datetime) -> int:
    return run_usage_bills(scope=scope, at=at)


def _drafts(scope: Scope) -> Instants:
    return [drafts_in(scope).values_list("finalize_at", flat=True)]


def _run_drafts(scope: Scope, at: datetime) -> int:
    return finalize_due(scope=scope, at=at)


def _late(scope: Scope) -> Instants:
    return [late_in(scope).values_list("late_due_at", flat=True)]


def _run_late(scope: Scope, at: datetime) -> int:
    return settle_late_due(scope=scope, at=at)


def _reminders(scope: Scope) -> Instants:
    waiting = Subscription.objects.filter(
        trial_reminder_at__isnull=False, customer__test_clock_id=scope.test_clock_id
    )
    return [waiting.order_by("trial_reminder_at").values_list("trial_reminder_at", flat=True)]


def _run_reminders(scope: Scope, at: datetime) -> int:
    return remind_of_trial_end(scope=scope, at=at)


def _waiting_cases(scope: Scope) -> QuerySet[CollectionCase]:
    return CollectionCase.objects.filter(
        status__in=(CollectionStatus.DUE, CollectionStatus.WAITING),
        customer__test_clock_id=scope.test_clock_id,
    )


def _collections(scope: Scope) -> Instants:
    cases = _waiting_cases(scope)
    return [
        cases.filter(**{f"{name}__isnull": False}).order_by(name, "pk").values_list(name, flat=True)
        for name in ("next_attempt_at", "next_step_at")
    ]


def _run_collections(scope: Scope, at: datetime) -> int:
    waiting = _waiting_cases(scope).filter(is_due(at)).order_by("next_attempt_at", "pk")
    due = waiting.values_list("pk", flat=True)
    return sum(collect_due(case_id=case_id, at=at) for case_id in list(due[:COLLECTION_BATCH]))


def _expiring_cards(scope: Scope) -> Instants:
    return expiry_instants(scope)


def _run_expiring_cards(scope: Scope, at: datetime) -> int:
    return announce_expiry(scope=scope, at=at)


def drain_late_usage() -> int:
    """Look for usage that came late since the last look; how many subscriptions have some."""
    return find_late_usage()


def drain_tax_changes() -> int:
    """Finalise again the drafts that waited for what has happened since the last look; how many."""
    return finalize_waiting_taxes()


def drain_inbox() -> int:
    """Act on the gateways' messages that have come; how many."""
    return process_inbox(now=clock.now())


def drain_unknown_payments() -> int:
    """Ask the gateways about attempts whose outcome is open; about how many."""
    return resolve_payments(now=clock.now())


def drain_refunds() -> int:
    """Send refunds that wait for it and ask about those whose outcome is open; about how many."""
    return resolve_refunds(now=clock.now())


def _top_ups(scope: Scope) -> Instants:
    """Due as soon as they were asked for, or paid: at the scope's own time."""
    return [
        top_ups.annotate(present=scope_time(scope)).values_list("present", flat=True)
        for top_ups in (unbilled_top_ups(scope), decided_top_ups(scope))
    ]


def _run_top_ups(scope: Scope, at: datetime) -> int:
    return bill_top_ups(scope=scope, at=at) + settle_top_ups(scope=scope, at=at)


trial_reminders = DueWork("trial_reminders", _reminders, _run_reminders)
renewals = DueWork("renewals", _renewals, _run_renewals)
usage_bills = DueWork("usage_bills", _usage_bills, _run_usage_bills)
collections = DueWork("collections", _collections, _run_collections)
waiting_drafts = DueWork("waiting_drafts", _drafts, _run_drafts)
top_ups = DueWork("top_ups", _top_ups, _run_top_ups)
late_usage = DueWork("late_usage", _late, _run_late)
expiring_cards = DueWork("expiring_cards", _expiring_cards, _run_expiring_cards)
