"""Many workers at one invoice: one charge. Each guard is taken away once, to see that it is what holds."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from celery import current_app
from django.db import connection

from apps.billing.due import drain_inbox, drain_unknown_payments
from apps.billing.services.collection.collect import collect_invoice
from apps.billing.services.collection.collect_due import collect_due
from apps.billing.tasks import collect
from apps.core.errors import DomainError
from apps.invoices.enums import InvoiceStatus
from apps.ledger.models import Entry
from apps.payments.enums import PaymentStatus
from apps.payments.errors import NothingDue, PaymentInProgress
from apps.payments.models import Payment
from apps.payments.services.open_attempt import ONE_OPEN
from tests.factories.billing import STARTED_AT
from tests.factories.payments import case_of, make_unpaid_invoice
from tests.fixtures.gateway import GatewaySandbox, post_event

pytestmark = pytest.mark.real_commits

WORKERS = 20


def at_once(work: Callable[[], Any], *, workers: int = WORKERS) -> list[Any]:
    """The result or the refusal of each of so many threads, which begin together."""
    barrier = Barrier(workers)

    def one(_: int) -> Any:
        try:
            barrier.wait()
            return work()
        except DomainError as error:
            return error
        finally:
            connection.close()

    with ThreadPoolExecutor(workers) as pool:
        return list(pool.map(one, range(workers)))


def test_twenty_who_collect_make_one_charge(gateway: GatewaySandbox) -> None:
    invoice = make_unpaid_invoice(gateway)
    gateway.control.fault("latency", seconds=0.5, times=0, match={"path": "/v1/payment_intents"})

    results = at_once(lambda: collect_invoice(invoice_id=invoice.pk, at=STARTED_AT))

    payments = [result for result in results if isinstance(result, Payment)]
    refusals = [result for result in results if isinstance(result, PaymentInProgress | NothingDue)]
    assert (len(payments), len(refusals)) == (1, WORKERS - 1)
    assert payments[0].status == PaymentStatus.SUCCEEDED
    assert len(gateway.control.charges()) == 1


def test_without_the_unique_key_twenty_make_more_than_one(gateway: GatewaySandbox) -> None:
    invoice = make_unpaid_invoice(gateway)
    gateway.control.fault("latency", seconds=0.5, times=0, match={"path": "/v1/payment_intents"})
    with connection.cursor() as cursor:
        cursor.execute(f"DROP INDEX {ONE_OPEN}")

    at_once(lambda: collect_invoice(invoice_id=invoice.pk, at=STARTED_AT))

    assert len(gateway.control.charges()) > 1


def test_twenty_sweeps_do_a_due_case_once(gateway: GatewaySandbox) -> None:
    invoice = make_unpaid_invoice(gateway)
    case_id = case_of(invoice).pk

    results = at_once(lambda: collect_due(case_id=case_id, at=STARTED_AT))

    assert sorted(results) == [False] * (WORKERS - 1) + [True]
    assert len(gateway.control.charges()) == 1


def test_answer_message_and_question_at_once_book_the_money_once(gateway: GatewaySandbox) -> None:
    invoice = make_unpaid_invoice(gateway)
    gateway.control.fault("reset_after", match={"path": "/v1/payment_intents"})
    collect_due(case_id=case_of(invoice).pk, at=STARTED_AT)
    for event in gateway.events():
        post_event(event)

    def either() -> int:
        return drain_unknown_payments() + drain_inbox()

    at_once(either, workers=8)

    invoice.refresh_from_db()
    assert (invoice.status, invoice.paid_minor) == (InvoiceStatus.PAID, 2900)
    clearing = Entry.objects.filter(account__code="gateway_clearing")
    assert [entry.amount_minor for entry in clearing] == [2900]
    assert len(gateway.control.charges()) == 1


def test_bell_of_a_new_invoice_charges_it_right_after_the_commit(
    gateway: GatewaySandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    rung: list[tuple[str, dict[str, int]]] = []
    monkeypatch.setattr(current_app, "send_task", lambda name, kwargs, **_: rung.append((name, kwargs)))

    invoice = make_unpaid_invoice(gateway)
    for name, kwargs in rung:
        {"billing.collect": collect}[name](**kwargs)

    invoice.refresh_from_db()
    assert rung == [("billing.collect", {"invoice_id": invoice.pk})]
    assert invoice.status == InvoiceStatus.PAID
    assert len(gateway.control.charges()) == 1
