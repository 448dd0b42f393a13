from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from django.test import Client

from apps.audit.services.record import record_event
from apps.audit.services.seal import seal_events
from apps.core import clock
from tests.factories.customers import make_brand


def test_healthz_asks_no_database() -> None:
    answer = Client().get("/healthz")

    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


@pytest.mark.django_db
def test_readyz_names_each_check() -> None:
    answer = Client().get("/readyz")

    assert (answer.status_code, answer.json()["status"]) == (200, "ready")
    names = [check["name"] for check in answer.json()["checks"]]
    assert names[:5] == ["database", "migrations", "broker", "sealer", "outbox"]


@pytest.mark.django_db
def test_readyz_with_events_unsealed_for_a_minute_is_degraded_but_serves() -> None:
    record_event(name="brand.made", subject=make_brand(), at=clock.now())

    with time_machine.travel(clock.now() + timedelta(seconds=90), tick=False):
        answer = Client().get("/readyz")

    assert (answer.status_code, answer.json()["status"]) == (200, "degraded")
    assert [check["name"] for check in answer.json()["checks"] if not check["ok"]] == ["sealer"]


@pytest.mark.django_db
def test_metrics_show_the_log_and_the_requests() -> None:
    record_event(name="brand.made", subject=make_brand(), at=clock.now())
    seal_events()
    record_event(name="brand.made", subject=make_brand(), at=clock.now())
    Client().get("/healthz")

    text = Client().get("/metrics").content.decode()

    assert "monetize_events_sealed 1.0" in text
    assert "monetize_events_unsealed 1.0" in text
    assert 'monetize_request_seconds_count{method="GET",route="healthz",status="2xx"}' in text


def test_metrics_from_elsewhere_are_refused(settings) -> None:
    settings.METRICS_TOKEN = ""

    assert Client(REMOTE_ADDR="192.0.2.1").get("/metrics").status_code == 403
    assert Client(headers={"X-Forwarded-For": "192.0.2.1"}).get("/metrics").status_code == 403


@pytest.mark.django_db
def test_metrics_with_a_token_need_it_everywhere(settings) -> None:
    settings.METRICS_TOKEN = "let-me-in"

    assert Client().get("/metrics").status_code == 403
    assert Client(headers={"Authorization": "Bearer wrong"}).get("/metrics").status_code == 403
    right = Client(headers={"Authorization": "Bearer let-me-in"}, REMOTE_ADDR="192.0.2.1")
    assert right.get("/metrics").status_code == 200
