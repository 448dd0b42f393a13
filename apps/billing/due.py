"""What of billing becomes due as time passes; `settings.DUE_WORK` lists these objects by name."""

from __future__ import annotations

from datetime import datetime

from apps.billing.models import BillingRun
from apps.billing.services.run_billing import billable, run_billing
from apps.core import clock
from apps.core.due_work import DueWork, Scope
from apps.subscriptions.models import Subscription
from apps.subscriptions.services.remind_of_trial_end import remind_of_trial_end


def _next_renewal(scope: Scope) -> datetime | None:
    return billable(scope).values_list("next_bill_at", flat=True).first()


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


def _next_reminder(scope: Scope) -> datetime | None:
    return (
        Subscription.objects.filter(
            trial_reminder_at__isnull=False, customer__test_clock_id=scope.test_clock_id
        )
        .order_by("trial_reminder_at")
        .values_list("trial_reminder_at", flat=True)
        .first()
    )


def _run_reminders(scope: Scope, at: datetime) -> int:
    return remind_of_trial_end(scope=scope, at=at)


trial_reminders = DueWork("trial_reminders", _next_reminder, _run_reminders)
renewals = DueWork("renewals", _next_renewal, _run_renewals)
