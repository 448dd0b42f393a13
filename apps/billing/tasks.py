"""Ticks and doorbells: each looks for rows that are due, so running twice or not at all does no harm."""

from __future__ import annotations

from celery import shared_task
from django.db import InterfaceError, OperationalError

from apps.billing.due import (
    drain_inbox,
    drain_late_usage,
    drain_refunds,
    drain_tax_changes,
    drain_unknown_payments,
)
from apps.billing.models import CollectionCase
from apps.billing.services.clocks.resume_clocks import resume_clocks
from apps.billing.services.collection.collect_due import collect_due
from apps.billing.services.run.sweep import sweep
from apps.core import clock
from apps.customers.selectors import now_for

DATABASE_LOST = (OperationalError, InterfaceError)


@shared_task(name="billing.sweep")
def sweep_due_work() -> None:
    """Do what is due in real time, whatever bell was lost."""
    drain_late_usage()
    drain_tax_changes()
    sweep(at=clock.now())


@shared_task(name="billing.advance_clocks", time_limit=1800, soft_time_limit=1770)
def advance_clocks() -> None:
    """Move every test clock that was told to advance, also one whose process died on the way."""
    resume_clocks()


@shared_task(name="billing.collect", autoretry_for=DATABASE_LOST, retry_backoff=True, max_retries=3)
def collect(invoice_id: int) -> None:
    """Charge a new invoice right away, in place of at the next sweep."""
    case = CollectionCase.objects.select_related("customer__test_clock").filter(invoice_id=invoice_id).first()
    if case is not None:
        collect_due(case_id=case.pk, at=now_for(case.customer))


@shared_task(name="billing.process_inbox", autoretry_for=DATABASE_LOST, retry_backoff=True, max_retries=3)
def process_gateway_events() -> None:
    """Act on what gateways have told."""
    while drain_inbox():
        pass


@shared_task(name="billing.resolve_payments", autoretry_for=DATABASE_LOST, retry_backoff=True, max_retries=3)
def resolve_open_payments() -> None:
    """Ask gateways about what they have not told, and send what waits to be refunded."""
    drain_unknown_payments()
    drain_refunds()
