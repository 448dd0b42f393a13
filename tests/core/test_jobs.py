from __future__ import annotations

from typing import Any

import pytest
from celery import current_app
from django.db import transaction

from apps.core.jobs import enqueue, silence


@pytest.fixture
def rung(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, dict[str, Any]]]:
    calls: list[tuple[str, dict[str, Any]]] = []
    monkeypatch.setattr(
        current_app, "send_task", lambda name, kwargs, **options: calls.append((name, kwargs))
    )
    return calls


@pytest.mark.real_commits
def test_enqueue_rings_after_commit_only(rung) -> None:
    with transaction.atomic():
        enqueue("somebody.elsewhere", invoice_id=7)
        assert rung == []

    assert rung == [("somebody.elsewhere", {"invoice_id": 7})]


@pytest.mark.real_commits
def test_enqueue_rolled_back_does_not_ring(rung) -> None:
    with transaction.atomic():
        enqueue("somebody.elsewhere")
        transaction.set_rollback(True)

    assert rung == []


@pytest.mark.real_commits
def test_enqueue_in_silence_does_not_ring(rung) -> None:
    with silence():
        enqueue("somebody.elsewhere")
    enqueue("somebody.else")

    assert rung == [("somebody.else", {})]


@pytest.mark.real_commits
def test_enqueue_with_a_dead_broker_is_not_felt_by_the_caller(monkeypatch) -> None:
    def refuse(*args: Any, **kwargs: Any) -> None:
        raise ConnectionRefusedError("no broker")

    monkeypatch.setattr(current_app, "send_task", refuse)
    after = []

    with transaction.atomic():
        enqueue("somebody.elsewhere")
        transaction.on_commit(lambda: after.append("later hook"))

    assert after == ["later hook"]
