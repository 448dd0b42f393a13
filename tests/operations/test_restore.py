"""What docs/operations.md says about backup and restore, done: dump, lose everything, restore, go on."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.db.models import Max

from apps.audit.services.seal import drain_unsealed
from apps.audit.services.verify import verify_chain
from apps.billing.enums import CollectionStatus
from apps.billing.models import CollectionCase
from apps.billing.services.collection.collect import collect_invoice
from apps.billing.services.collection.resolve_payments import resolve_payments
from apps.billing.services.run.sweep import sweep
from apps.core import clock
from apps.customers.models import Customer
from apps.invoices.models import Invoice
from apps.ledger.selectors import books, imbalance, trial_balance
from apps.payments.enums import PaymentStatus
from apps.payments.models import Payment
from apps.payments.services.send_attempt import send_attempt
from apps.subscriptions.models import SubscriptionPeriod
from apps.usage.selectors import current_watermark
from devserver import postgres
from devserver.binaries import find_installation
from tests.factories.billing import subscribe_to
from tests.factories.customers import make_brand, make_customer
from tests.factories.payments import save_card
from tests.factories.plans import flat_price, make_meter, make_plan, metered_price
from tests.fixtures.database import Database, _point_django_at
from tests.fixtures.gateway import GatewaySandbox

pytestmark = [pytest.mark.real_commits, pytest.mark.slow]


@pytest.fixture
def new_cluster(tmp_path: Path) -> Iterator[str]:
    """Another server, as after the loss of a machine, whose transaction ids begin above the old ones."""
    home = tmp_path / "cluster"
    postgres.start(home, fast=True)
    postgres.stop(home)
    cluster = postgres.Cluster.at(home)
    cluster.run("pg_resetwal", "--epoch=1", "-D", str(cluster.pgdata))
    yield postgres.start(home, fast=True)
    postgres.remove(home)


def program(name: str, *arguments: str) -> None:
    done = subprocess.run(
        [find_installation() / "bin" / name, *arguments], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-3000:]


def subscribe_customers(gateway: GatewaySandbox, count: int, at: datetime) -> list[Customer]:
    brand, meter = make_brand(), make_meter()
    plan = make_plan(prices=[flat_price("29.00"), metered_price(meter)])
    customers = [make_customer(brand=brand) for _ in range(count)]
    for customer in customers:
        save_card(gateway, customer, at=at)
        subscribe_to(plan, customer=customer, at=at, card=False)
    return customers


def die_before_the_gateway_is_asked(monkeypatch: pytest.MonkeyPatch, invoice: Invoice) -> Payment:
    """Leave an attempt behind that is committed and was never sent."""

    def die(**_: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("apps.billing.services.collection.collect.send_attempt", die)
        with pytest.raises(KeyboardInterrupt):
            collect_invoice(invoice_id=invoice.pk, at=clock.now())
    return Payment.objects.get(invoice=invoice)


def charged(gateway: GatewaySandbox) -> list[str]:
    """The invoices that the gateway has charged, each as often as it was."""
    charges = gateway.control.charges()
    return sorted(charge["metadata"]["invoice"] for charge in charges if charge["status"] == "succeeded")


def paid_invoices() -> list[str]:
    paid = Payment.objects.filter(status=PaymentStatus.SUCCEEDED)
    return sorted(paid.values_list("invoice__public_id", flat=True))


def test_restored_database_is_whole_and_goes_on_without_charging_twice(
    gateway: GatewaySandbox,
    real_database: Database,
    new_cluster: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now = clock.now()
    customers = subscribe_customers(gateway, 4, now - timedelta(days=40))
    sweep(at=now)
    late = subscribe_customers(gateway, 1, now)[0]
    unsent = die_before_the_gateway_is_asked(monkeypatch, Invoice.objects.get(customer=late))
    drain_unsealed()
    tip = verify_chain()
    before = charged(gateway)

    program("pg_dump", "--format=custom", f"--file={tmp_path / 'backup'}", real_database.url)
    # The gateway runs ahead of the backup: it takes the money, and the answer is lost with the machine.
    send_attempt(payment_id=unsent.pk)
    program("pg_restore", "--exit-on-error", f"--dbname={new_cluster}", str(tmp_path / "backup"))
    old = _point_django_at(Database("monetize", new_cluster))
    try:
        assert verify_chain(anchor=tip) == tip
        assert [imbalance(trial_balance(brand_id=b, livemode=mode)) for b, mode in books()] == [{}, {}]
        resolve_payments(now=clock.now() + timedelta(minutes=2))
        sweep(at=clock.now())
        unchanged = charged(gateway)
        sweep(at=now + timedelta(days=32))

        assert unchanged == sorted([*before, unsent.invoice.public_id])
        assert len(before) == 2 * len(customers)
        assert len(charged(gateway)) == len(unchanged) + len(customers) + 1
        assert charged(gateway) == paid_invoices()
        assert len(set(paid_invoices())) == len(paid_invoices())
        assert not CollectionCase.objects.exclude(status=CollectionStatus.SETTLED).exists()
        drain_unsealed()
        assert verify_chain(anchor=tip).seq > tip.seq
    finally:
        _point_django_at(old)


def test_raised_epoch_keeps_watermarks_above_those_of_the_backup(
    real_database: Database, new_cluster: str, tmp_path: Path, gateway: GatewaySandbox
) -> None:
    now = clock.now()
    subscribe_customers(gateway, 1, now - timedelta(days=40))
    sweep(at=now)
    closed = SubscriptionPeriod.objects.aggregate(below=Max("closed_below"))["below"]
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_current_xact_id()::text::bigint >> 32")
        assert cursor.fetchone() == (0,)

    program("pg_dump", "--format=custom", f"--file={tmp_path / 'backup'}", real_database.url)
    program("pg_restore", "--exit-on-error", f"--dbname={new_cluster}", str(tmp_path / "backup"))
    old = _point_django_at(Database("monetize", new_cluster))
    try:
        assert current_watermark() > closed > 0
    finally:
        _point_django_at(old)
