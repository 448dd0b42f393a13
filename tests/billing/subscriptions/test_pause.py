"""How a subscription goes on after a pause: what it owed before, and a trial that ran."""

from __future__ import annotations

import pytest

from apps.audit.models import Event
from apps.billing.models import CollectionCase
from apps.billing.services.subscriptions.pause import pause, resume
from apps.invoices.enums import InvoiceStatus
from apps.invoices.models import Invoice
from apps.plans.policies import TrialKind
from apps.subscriptions.models import Subscription
from tests.factories.billing import subscribe_to, utc
from tests.factories.plans import flat_price, make_plan

pytestmark = pytest.mark.django_db

START = utc(2026, 6, 1)


def paused(**version: object) -> Subscription:
    subscription = subscribe_to(
        make_plan(prices=[flat_price("30.00")], version=version), at=START
    ).subscription
    pause(subscription_id=subscription.pk, at=utc(2026, 6, 11))
    return subscription


@pytest.mark.parametrize("status", [InvoiceStatus.OPEN, InvoiceStatus.PAID])
def test_subscription_is_past_due_again_after_a_pause_while_an_invoice_of_it_is(
    status: InvoiceStatus,
) -> None:
    subscription = paused()
    CollectionCase.objects.update(first_failed_at=utc(2026, 6, 2))
    Invoice.objects.filter(total_minor=3000).update(status=status)

    resume(subscription_id=subscription.pk, at=utc(2026, 6, 16))

    subscription.refresh_from_db()
    is_open = status == InvoiceStatus.OPEN
    assert subscription.status == ("past_due" if is_open else "active")
    assert Event.objects.filter(name="subscription.past_due").count() == int(is_open)


@pytest.mark.parametrize(
    ("kind", "paid"),
    [(TrialKind.PHASE, (3000, "07-16")), (TrialKind.DAYS_FROM_FIRST_START, (1500, "07-01"))],
)
def test_trial_that_was_paused_is_over_and_paid_from_the_resume_on(
    kind: TrialKind, paid: tuple[int, str]
) -> None:
    subscription = paused(trial_days=30, policies={"trial_kind": kind})

    made = resume(subscription_id=subscription.pk, at=utc(2026, 6, 16))

    subscription.refresh_from_db()
    (line,) = made.invoices[0].lines.all()
    assert (line.amount_minor, f"{line.period_ends_at:%m-%d}") == paid
    assert (subscription.status, subscription.trial_ends_at) == ("active", utc(2026, 6, 16))
    assert subscription.trial_reminder_at is None
