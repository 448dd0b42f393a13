"""A billing run whose workers are killed again and again: nothing lost, nothing twice."""

from __future__ import annotations

import subprocess
import threading
import time
from collections import Counter
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from celery import current_app
from django.conf import settings
from django.db import connection
from django.db.models import Count
from kombu import Connection

from apps.accounts.models import Brand
from apps.billing.enums import CollectionStatus
from apps.billing.models import CollectionCase, ParkedCustomer
from apps.core import clock
from apps.invoices.models import Invoice, InvoiceLine
from apps.ledger.selectors import imbalance, trial_balance
from apps.notifications.enums import MailStatus
from apps.notifications.models import Mail
from apps.payments.enums import PaymentStatus
from apps.payments.models import Payment
from apps.plans.models import Plan
from apps.subscriptions.models import Subscription
from tests.billing.run.crash_points import CRASH_POINTS, armed, install, standing
from tests.factories.billing import subscribe_to
from tests.factories.customers import make_brand, make_customer
from tests.factories.payments import save_card
from tests.factories.plans import flat_price, make_plan
from tests.fixtures.gateway import GatewaySandbox
from tests.fixtures.servers import Processes, kill_group

pytestmark = pytest.mark.real_commits

TICKS = ("billing.sweep", "billing.resolve_payments", "audit.seal", "notifications.deliver")
WORKERS = ("first", "second")
LIMIT_SECONDS = 300
FREE_RUN_SECONDS = 0.4


class Workers:
    """Two Celery workers, told apart by the name under which they reach the database."""

    def __init__(self, processes: Processes) -> None:
        self.processes = processes
        self.running: dict[str, subprocess.Popen[bytes]] = {}
        for name in WORKERS:
            self.start(name)

    def start(self, name: str) -> None:
        self.processes.environment["PGAPPNAME"] = name
        self.running[name] = self.processes.start_worker(processes=1)

    def kill(self, name: str) -> None:
        kill_group(self.running[name])
        self.running[name].wait()

    def replace(self, name: str) -> None:
        self.kill(name)
        self.start(name)


class Ticks(threading.Thread):
    """The timetable, much faster: rings for all work every second or two, at the workers' broker."""

    def __init__(self, url: str) -> None:
        super().__init__(daemon=True)
        self.stopped = threading.Event()
        self.broker = Connection(
            url.replace("postgresql://", "pgmq://"),
            transport_options=settings.CELERY_BROKER_TRANSPORT_OPTIONS,
        )

    def run(self) -> None:
        with self.broker:
            while not self.stopped.wait(1.5):
                for name in TICKS:
                    current_app.send_task(name, ignore_result=True, expires=20, connection=self.broker)

    def stop(self) -> None:
        self.stopped.set()
        self.join()


def subscribe_many(gateway: GatewaySandbox, brand: Brand, count: int) -> list[Subscription]:
    """Subscriptions whose first period ended a moment ago, billed in arrears: one invoice each is due."""
    plan = make_plan(prices=[flat_price("29.00", timing="in_arrears")])
    started_at = clock.now() - timedelta(days=32)
    return [_subscribe(gateway, brand, plan, started_at) for _ in range(count)]


def _subscribe(gateway: GatewaySandbox, brand: Brand, plan: Plan, started_at: datetime) -> Subscription:
    customer = make_customer(brand=brand)
    save_card(gateway, customer, at=started_at)
    return subscribe_to(plan, customer=customer, at=started_at, card=False).subscription


def kill_at_every_point(url: str, workers: Workers, times: int) -> Counter[str]:
    """Kill the whole process group of a worker so many times at each point, whoever comes there first."""
    left = Counter(dict.fromkeys(CRASH_POINTS, times))
    killed: Counter[str] = Counter()
    while +left:
        with armed(url, (+left).keys()) as held:
            found = standing(held)
            if found is None:
                break
            workers.kill(found.application)
        killed[found.point.name] += 1
        left[found.point] -= 1
        workers.start(found.application)
        # The other worker goes on alone for a moment, so that the kills fall all over the run; but not at the
        # last point, which it might pass for good.
        if len(+left) > 1:
            time.sleep(FREE_RUN_SECONDS)
    return killed


def wait_until_settled(count: int) -> None:
    deadline = time.monotonic() + LIMIT_SECONDS
    while time.monotonic() < deadline:
        settled = CollectionCase.objects.filter(status=CollectionStatus.SETTLED).count()
        waiting = Mail.objects.exclude(status=MailStatus.SENT).count()
        if settled == count and not waiting and Mail.objects.count() >= count:
            return
        time.sleep(0.5)
    cases = Counter(CollectionCase.objects.values_list("status", "last_failure"))
    payments = Counter(Payment.objects.values_list("status", "failure_message"))
    mails = Counter(Mail.objects.values_list("status", "error"))
    pytest.fail(f"{settled} of {count} settled; cases {cases}; payments {payments}; mails {mails}")


def replay_renewals(subscriptions: list[Subscription]) -> None:
    """Forget that periods were billed, as restored rows would: only the charge key remembers."""
    for subscription in subscriptions:
        subscription.periods.order_by("starts_at").last().delete()
        subscription.periods.update(closed_at=None)
        first = subscription.periods.get()
        Subscription.objects.filter(pk=subscription.pk).update(next_bill_at=first.ends_at)


def wait_until_billed_again(subscriptions: list[Subscription]) -> None:
    ids = [subscription.pk for subscription in subscriptions]
    customers = [subscription.customer_id for subscription in subscriptions]
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        due = Subscription.objects.filter(pk__in=ids, next_bill_at__lte=clock.now()).count()
        if due - ParkedCustomer.objects.filter(customer_id__in=customers).count() == 0:
            return
        time.sleep(0.2)
    pytest.fail("the replayed renewals were not looked at")


def doubled_charge_keys() -> int:
    return InvoiceLine.objects.values("charge_key").annotate(n=Count("pk")).filter(n__gt=1).count()


def sent_mail_ids(folder: Path) -> Counter[str]:
    """How often each Message-ID left for the mail server."""
    text = "".join(path.read_text() for path in folder.iterdir())
    return Counter(line for line in text.splitlines() if line.startswith("Message-ID:"))


def test_run_survives_twenty_kills_of_whole_process_groups(
    gateway: GatewaySandbox, processes: Processes, tmp_path: Path
) -> None:
    count, times = 300, 4
    brand = make_brand()
    subscriptions = subscribe_many(gateway, brand, count)
    install(processes.database.url)

    workers, ticks = Workers(processes), Ticks(processes.database.url)
    ticks.start()
    killed = kill_at_every_point(processes.database.url, workers, times)
    wait_until_settled(count)
    replay_renewals(subscriptions[:5])
    wait_until_billed_again(subscriptions[:5])
    ticks.stop()

    assert killed == {point.name: times for point in CRASH_POINTS}
    assert_everything_once(gateway, brand, count)
    assert ParkedCustomer.objects.count() == 5
    assert max(sent_mail_ids(tmp_path / "mail").values()) == 1


def assert_everything_once(gateway: GatewaySandbox, brand: Brand, count: int) -> None:
    assert InvoiceLine.objects.count() == count
    assert doubled_charge_keys() == 0
    numbers = Invoice.objects.filter(number__isnull=False).values_list("number", flat=True)
    assert sorted(int(str(n).rsplit("-", 1)[1]) for n in numbers) == list(range(1, count + 1))
    succeeded = set(
        Payment.objects.filter(status=PaymentStatus.SUCCEEDED).values_list("gateway_id", flat=True)
    )
    charged = [charge for charge in gateway.control.charges() if charge["status"] == "succeeded"]
    assert len(charged) == len(succeeded) == count
    assert {charge["payment_intent"] for charge in charged} == succeeded
    mails = Mail.objects.values("kind", "subject_id", "recipient").annotate(n=Count("pk"))
    assert max(row["n"] for row in mails) == 1
    assert imbalance(trial_balance(brand_id=brand.pk, livemode=False)) == {}


def test_without_the_charge_key_a_replayed_run_bills_twice(
    gateway: GatewaySandbox, processes: Processes
) -> None:
    brand = make_brand()
    subscriptions = subscribe_many(gateway, brand, 10)
    with connection.cursor() as cursor:
        cursor.execute("DROP INDEX invoices_line_charge_key_once")

    workers, ticks = Workers(processes), Ticks(processes.database.url)
    ticks.start()
    wait_until_settled(10)
    replay_renewals(subscriptions[:5])
    wait_until_billed_again(subscriptions[:5])
    ticks.stop()
    for name in WORKERS:
        workers.kill(name)

    assert doubled_charge_keys() == 5
