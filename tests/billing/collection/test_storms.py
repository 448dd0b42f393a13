"""Many charges and messages through a gateway that fails: none twice, none unknown, books like the gateway's.

A fifth of the full size by default; `STORM_SCALE=5` runs 1,000 charges and 10,000 messages.
"""

from __future__ import annotations

import os
import random
from collections import Counter
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.db.models import Sum

from apps.billing.due import drain_inbox
from apps.billing.services.collection.collect import collect_invoice
from apps.billing.services.collection.resolve_payments import resolve_payments
from apps.core import clock
from apps.core.errors import DomainError
from apps.customers.models import Customer
from apps.invoices.enums import InvoiceStatus
from apps.invoices.models import Invoice
from apps.ledger.models import Entry
from apps.payments.enums import PaymentStatus
from apps.payments.models import GatewayEvent, Payment
from apps.payments.services.open_attempt import ONE_OPEN, open_attempt
from apps.payments.services.send_attempt import send_attempt
from tests.factories.billing import STARTED_AT
from tests.factories.customers import make_customer, make_test_clock
from tests.factories.invoices import issue_invoice
from tests.factories.payments import save_card
from tests.fixtures.gateway import GatewaySandbox, post_event

pytestmark = [pytest.mark.real_commits, pytest.mark.slow]

SCALE = int(os.environ.get("STORM_SCALE", "1"))
CHARGES = 200 * SCALE
MESSAGES = 2000 * SCALE
WORKERS = 4
AMOUNT = 2900
INTENTS = {"path": "/v1/payment_intents", "method": "POST"}
# As the sweeper would come, in real time: past the last question about an error that the gateway keeps.
LOOKS = [timedelta(minutes=minutes) for minutes in (0, 2, 8, 12, 30, 90, 600, 1600)]


def customers(gateway: GatewaySandbox, count: int) -> list[Customer]:
    made = [make_customer(test_clock=make_test_clock(now_at=STARTED_AT)) for _ in range(count)]
    for customer in made:
        save_card(gateway, customer)
    return made


def unpaid(owners: list[Customer], count: int) -> list[Invoice]:
    return [issue_invoice(AMOUNT, customer=owners[n % len(owners)]) for n in range(count)]


def side_by_side(work: Callable[[Any], Any], things: Iterable[Any]) -> None:
    def one(thing: Any) -> None:
        try:
            work(thing)
        except DomainError:
            """Refused: an attempt is open, or nothing is due any more."""
        finally:
            connection.close()

    with ThreadPoolExecutor(WORKERS) as pool:
        list(pool.map(one, things))


def collect(invoice: Invoice) -> None:
    collect_invoice(invoice_id=invoice.pk, at=STARTED_AT)


def die_after_sending(invoice: Invoice) -> None:
    """The process is killed before it writes the answer down, and only a message tells of the money."""
    payment = open_attempt(invoice_id=invoice.pk, at=STARTED_AT, sent_at=clock.now())
    send_attempt(payment_id=payment.pk)


def look_again_and_again(since: datetime) -> None:
    for pause in LOOKS:
        while resolve_payments(now=since + pause):
            pass


def captured_by_invoice(gateway: GatewaySandbox) -> Counter[str]:
    charges = gateway.control.charges(status="succeeded")
    assert all(charge["amount"] == AMOUNT for charge in charges)
    return Counter(charge["metadata"]["invoice"] for charge in charges)


def trouble(gateway: GatewaySandbox) -> None:
    shares = {"reset_after": 0.10, "reset_before": 0.05, "error_500": 0.05}
    for seed, (kind, share) in enumerate(shares.items()):
        # Seeds of their own: the same would let all three hit the same requests.
        gateway.control.fault(kind, times=0, probability=share, seed=seed, match=INTENTS)


def test_no_charge_is_made_twice_or_lost_when_answers_are(gateway: GatewaySandbox) -> None:
    invoices = unpaid(customers(gateway, 20), CHARGES)
    told_by_message = invoices[: CHARGES // 50]
    trouble(gateway)

    side_by_side(die_after_sending, told_by_message)
    side_by_side(collect, invoices[CHARGES // 50 :])
    answered = Payment.objects.filter(status=PaymentStatus.SUCCEEDED).count()
    gateway.deliver()
    gateway.control.clear_faults()
    look_again_and_again(clock.now())
    # What the gateway had refused for good is tried again, as the ladder does.
    side_by_side(collect, Invoice.objects.filter(status=InvoiceStatus.OPEN))

    assert 0.7 * CHARGES < answered < 0.9 * CHARGES
    assert captured_by_invoice(gateway) == {invoice.public_id: 1 for invoice in invoices}
    assert Counter(Invoice.objects.values_list("status", flat=True)) == {InvoiceStatus.PAID: CHARGES}
    ended = (PaymentStatus.SUCCEEDED, PaymentStatus.FAILED)
    assert not Payment.objects.exclude(status__in=ended).exists()
    clearing = Entry.objects.filter(account__code="gateway_clearing").aggregate(sum=Sum("amount_minor"))
    assert clearing["sum"] == CHARGES * AMOUNT


def test_without_the_one_open_attempt_the_same_trouble_charges_twice(gateway: GatewaySandbox) -> None:
    invoices = unpaid(customers(gateway, 4), 60)
    with connection.cursor() as cursor:
        cursor.execute(f"DROP INDEX {ONE_OPEN}")
    trouble(gateway)

    side_by_side(collect, invoices)
    side_by_side(collect, Invoice.objects.filter(status=InvoiceStatus.OPEN))

    assert max(captured_by_invoice(gateway).values()) > 1


def test_messages_in_any_order_and_more_than_once_end_as_in_order(gateway: GatewaySandbox) -> None:
    chance = random.Random(11)
    owners = customers(gateway, 20)
    invoices: list[Invoice] = []
    while len(gateway.events()) < MESSAGES * 0.7:
        batch = unpaid(owners, 50)
        side_by_side(die_after_sending, batch)
        invoices += batch
    events = gateway.events()
    deliveries = events + chance.choices(events, k=int(len(events) * 0.3 / 0.7))
    chance.shuffle(deliveries)
    quarters = [deliveries[n::WORKERS] for n in range(WORKERS)]

    def deliver(quarter: list[dict[str, Any]]) -> None:
        for number, event in enumerate(quarter):
            assert post_event(event).status_code == 200
            if number % 25 == 0:
                drain_inbox()
        while drain_inbox():
            pass

    side_by_side(deliver, quarters)

    assert len(deliveries) >= MESSAGES * 0.95
    assert GatewayEvent.objects.count() == len(events)
    assert not GatewayEvent.objects.filter(processed_at=None).exists()
    assert captured_by_invoice(gateway) == {invoice.public_id: 1 for invoice in invoices}
    assert Counter(Invoice.objects.values_list("status", flat=True)) == {InvoiceStatus.PAID: len(invoices)}
    assert Counter(Payment.objects.values_list("status", flat=True)) == {
        PaymentStatus.SUCCEEDED: len(invoices)
    }
    booked = Entry.objects.filter(account__code="gateway_clearing").values_list("amount_minor", flat=True)
    assert list(booked) == [AMOUNT] * len(invoices)
