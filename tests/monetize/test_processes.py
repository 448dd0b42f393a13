"""The real programs: a web server, a worker and beat on a database of the test's own."""

from __future__ import annotations

import json
import time
import urllib.request
from datetime import UTC, datetime

from apps.audit.models import Seal
from apps.audit.services.record import record_event
from tests.factories.customers import make_brand
from tests.fixtures.servers import WebServer

PATIENCE = 60.0


def test_web_server_is_ready_and_names_its_request(web_server: WebServer) -> None:
    with urllib.request.urlopen(f"{web_server.url}/readyz") as answer:
        body = json.load(answer)

    assert body["status"] == "ready"
    assert answer.headers["Request-Id"]


def test_tick_of_beat_reaches_a_worker_through_postgresql(web_server: WebServer) -> None:
    event = record_event(name="brand.created", subject=make_brand(), at=datetime(2026, 1, 1, tzinfo=UTC))
    web_server.start_worker(processes=1)
    web_server.start_beat()

    deadline = time.monotonic() + PATIENCE
    while not Seal.objects.filter(event=event).exists():
        assert time.monotonic() < deadline, web_server.processes.log("worker-1")[-3000:]
        time.sleep(0.2)

    assert Seal.objects.get().seq == 1
