"""Many sweeps at one case: each step once. The guard is taken away once, to see that it is what holds."""

from __future__ import annotations

from datetime import timedelta
from threading import Barrier

import pytest
from django.db.models import QuerySet

from apps.audit.models import Event
from apps.billing.dunning import Step
from apps.billing.models import DunningStepTaken
from apps.billing.services.collection import collect_due as sweeping
from apps.billing.services.collection.collect_due import collect_due
from apps.invoices.models import Invoice
from tests.billing.collection.test_collect_concurrently import at_once
from tests.factories.billing import STARTED_AT
from tests.factories.dunning import SUSPEND, make_policy, reminder
from tests.factories.payments import case_of, make_unpaid_invoice
from tests.fixtures.gateway import GatewaySandbox

pytestmark = pytest.mark.real_commits

SWEEPS = 6


def make_reminder_due(gateway: GatewaySandbox) -> Invoice:
    """An invoice whose reminder is due on day 1."""
    invoice = make_unpaid_invoice(gateway, behaviour="lost_card")
    make_policy(invoice.brand, [reminder(1), Step(9, SUSPEND)])
    collect_due(case_id=case_of(invoice).pk, at=STARTED_AT)
    return invoice


def reminders_of_many_sweeps(invoice: Invoice) -> int:
    case_id, at = case_of(invoice).pk, STARTED_AT + timedelta(days=1)
    at_once(lambda: collect_due(case_id=case_id, at=at), workers=SWEEPS)
    assert DunningStepTaken.objects.count() == 1
    return Event.objects.filter(name="collection.reminded").count()


def test_many_sweeps_take_a_step_once(gateway: GatewaySandbox) -> None:
    assert reminders_of_many_sweeps(make_reminder_due(gateway)) == 1


def test_without_the_locks_a_step_is_taken_more_than_once(
    gateway: GatewaySandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    invoice, everybody = make_reminder_due(gateway), Barrier(SWEEPS)

    def wait_for_the_others(invoice_id: int) -> bool:
        everybody.wait(timeout=60)
        return False

    monkeypatch.setattr(sweeping, "is_contested", wait_for_the_others)
    monkeypatch.setattr(sweeping, "lock_customer", lambda **kwargs: None)
    monkeypatch.setattr(QuerySet, "select_for_update", lambda self, **kwargs: self.all())

    assert reminders_of_many_sweeps(invoice) > 1
