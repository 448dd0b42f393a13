"""A web server that dies while the gateway charges: the same key shows that attempt, and charges no more."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import timedelta

import httpx
import pytest
import time_machine

from apps.billing.due import drain_unknown_payments
from apps.core import clock
from apps.core.models import IdempotencyRecord
from apps.invoices.enums import InvoiceStatus
from apps.payments.models import Payment
from tests.factories.api_clients import make_api_client
from tests.factories.payments import make_unpaid_invoice
from tests.fixtures.gateway import GatewaySandbox
from tests.fixtures.servers import WebServer, kill_group

KEY = {"Idempotency-Key": "pay-1"}


@pytest.mark.real_commits
def test_replay_after_a_kill_shows_the_attempt_and_not_a_paid_invoice(
    gateway: GatewaySandbox, web_server: WebServer
) -> None:
    invoice = make_unpaid_invoice(gateway)
    client = make_api_client(brand=invoice.brand)
    path = f"/api/v1/invoices/{invoice.public_id}/pay"
    gateway.control.fault("latency", seconds=3, match={"path": "/v1/payment_intents"})

    kill_while_it_charges(web_server, path, str(client._credentials["HTTP_AUTHORIZATION"]))
    replayed = replay(client, path)

    assert replayed.status_code == 200
    assert (replayed["Idempotent-Replayed"], replayed.json()["status"]) == ("true", "sending")
    invoice.refresh_from_db()
    assert (invoice.status, invoice.paid_minor) == (InvoiceStatus.OPEN, 0)
    wait_until(lambda: bool(gateway.control.charges()))
    with time_machine.travel(clock.now() + timedelta(minutes=2)):
        while drain_unknown_payments():
            pass
    invoice.refresh_from_db()
    assert invoice.status == InvoiceStatus.PAID
    assert replay(client, path).json()["status"] == "succeeded"
    assert len(gateway.control.charges()) == Payment.objects.count() == 1


def wait_until(happened: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not happened() and time.monotonic() < deadline:
        time.sleep(0.02)


def kill_while_it_charges(web_server: WebServer, path: str, authorization: str) -> None:
    """Send the request, wait until its attempt is with the gateway, and kill the server that waits."""

    def pay() -> None:
        with pytest.raises(httpx.TransportError):
            httpx.post(
                web_server.url + path, headers={"Authorization": authorization, **KEY}, json={}, timeout=30
            )

    asking = threading.Thread(target=pay)
    asking.start()
    wait_until(IdempotencyRecord.objects.exists)
    # Long enough for the call to be with the gateway, and far less than it takes there: the charge will
    # happen, whoever is still there to hear of it.
    time.sleep(0.5)
    kill_group(web_server.processes.running[0])
    asking.join()


def replay(client, path: str):
    """The same request, as soon as the database has noticed that the first one's process is gone."""
    deadline = time.monotonic() + 20
    answer = client.post(path, {}, headers=KEY)
    while answer.status_code == 409 and time.monotonic() < deadline:
        time.sleep(0.1)
        answer = client.post(path, {}, headers=KEY)
    return answer
