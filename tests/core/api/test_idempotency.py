from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, connections

from apps.core import idempotency
from apps.core.models import ExchangeRate, IdempotencyRecord
from tests.core.api import endpoints
from tests.core.api.clients import client_with_key, post
from tests.factories.customers import make_brand


@pytest.fixture(autouse=True)
def _release() -> Iterator[None]:
    while endpoints.entered.acquire(blocking=False):
        pass
    yield
    endpoints.hold.set()


@pytest.mark.django_db
def test_same_key_same_body_gives_the_stored_answer_once() -> None:
    client = client_with_key()

    first = post(client, "/api/orders", {"name": "a"}, "k1")
    second = post(client, "/api/orders", {"name": "a"}, "k1")

    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json() == second.json()
    assert "Idempotent-Replayed" not in first
    assert second["Idempotent-Replayed"] == "true"
    assert ExchangeRate.objects.count() == 1


@pytest.mark.django_db
def test_same_key_other_body_is_422_and_changes_nothing() -> None:
    client = client_with_key()
    post(client, "/api/orders", {"name": "a"}, "k1")

    answer = post(client, "/api/orders", {"name": "b"}, "k1")

    assert answer.status_code == 422
    assert answer.json()["code"] == "idempotency_key_reused"
    assert ExchangeRate.objects.count() == 1


@pytest.mark.django_db
def test_refused_request_stores_nothing_and_is_judged_anew() -> None:
    client = client_with_key()

    answers = [post(client, "/api/orders", {"name": "refused"}, "k1") for _ in range(2)]

    assert [answer.status_code for answer in answers] == [409, 409]
    assert "Idempotent-Replayed" not in answers[1]
    assert ExchangeRate.objects.count() == 0
    assert IdempotencyRecord.objects.count() == 0


@pytest.mark.django_db
def test_same_key_of_two_brands_and_modes_are_three_requests() -> None:
    brand = make_brand()
    clients = [client_with_key(), client_with_key(brand=brand), client_with_key(brand=brand, livemode=True)]

    answers = [post(client, "/api/orders", {"name": "a"}, "k1") for client in clients]

    assert [answer.status_code for answer in answers] == [201, 201, 201]
    assert ExchangeRate.objects.count() == 3


@pytest.mark.django_db
def test_same_key_after_rotation_of_the_api_key_is_a_replay() -> None:
    brand = make_brand()
    post(client_with_key(brand=brand), "/api/orders", {"name": "a"}, "k1")

    answer = post(client_with_key(brand=brand), "/api/orders", {"name": "a"}, "k1")

    assert answer["Idempotent-Replayed"] == "true"


@pytest.mark.django_db
@pytest.mark.parametrize("key", ["", "x" * 256, "ü", "tab\there"])
def test_malformed_key_is_refused(key: str) -> None:
    answer = post(client_with_key(), "/api/orders", {"name": "a"}, key)

    assert answer.status_code == 422
    assert answer.json()["code"] == "idempotency_key_invalid"
    assert ExchangeRate.objects.count() == 0


@pytest.mark.django_db
def test_object_endpoint_replay_renders_the_object_as_it_is_now() -> None:
    client = client_with_key()
    post(client, "/api/payments", {}, "k1")
    ExchangeRate.objects.update(source="changed since")

    answer = post(client, "/api/payments", {}, "k1")

    assert (answer.status_code, answer.json()) == (201, {"source": "changed since"})
    assert answer["Idempotent-Replayed"] == "true"
    assert IdempotencyRecord.objects.get().response is None


@pytest.mark.real_commits
def test_object_endpoint_died_after_its_commit_is_not_done_again() -> None:
    client = client_with_key()
    died = post(client, "/api/payments", {"dies": True}, "k1")

    answer = post(client, "/api/payments", {"dies": True}, "k1")

    assert (died.status_code, answer.status_code) == (500, 200)
    assert answer["Idempotent-Replayed"] == "true"
    assert ExchangeRate.objects.count() == 1


@pytest.mark.real_commits
def test_same_key_while_the_first_runs_is_409_then_a_replay() -> None:
    client = client_with_key()
    endpoints.hold.clear()

    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(in_thread, client, "k1")
        assert endpoints.entered.acquire(timeout=10)
        during = post(client, "/api/orders", {"name": "a"}, "k1")
        endpoints.hold.set()
        status, _ = first.result()
    after = post(client, "/api/orders", {"name": "a"}, "k1")

    assert status == 201
    assert (during.status_code, during.json()["code"]) == (409, "request_in_progress")
    assert (after.status_code, after["Idempotent-Replayed"]) == (201, "true")
    assert ExchangeRate.objects.count() == 1


@pytest.mark.real_commits
def test_fifty_parallel_requests_with_one_key_have_one_effect() -> None:
    client = client_with_key()

    with ThreadPoolExecutor(10) as pool:
        answers = list(pool.map(lambda _: in_thread(client, "k1"), range(50)))

    assert {status for status, _ in answers} <= {201, 409}
    bodies = {json.dumps(body) for status, body in answers if status == 201}
    assert len(bodies) == 1
    assert ExchangeRate.objects.count() == 1


@pytest.mark.real_commits
def test_without_the_lock_the_unique_key_still_allows_one_effect(monkeypatch) -> None:
    client = client_with_key()
    without_lock(monkeypatch)

    with ThreadPoolExecutor(10) as pool:
        answers = list(pool.map(lambda _: in_thread(client, "k1"), range(30)))

    assert {status for status, _ in answers} <= {201, 409}
    assert ExchangeRate.objects.count() == 1


@pytest.mark.real_commits
def test_without_lock_and_unique_key_the_effect_is_doubled(monkeypatch) -> None:
    """Both guards removed: the two tests above would see it."""
    client = client_with_key()
    without_lock(monkeypatch)
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE core_idempotencyrecord DROP CONSTRAINT core_idempotency_once")
    endpoints.hold.clear()

    with ThreadPoolExecutor(2) as pool:
        both = [pool.submit(in_thread, client, "k1") for _ in range(2)]
        inside = [endpoints.entered.acquire(timeout=10) for _ in both]
        endpoints.hold.set()
        statuses = [request.result()[0] for request in both]

    assert inside == [True, True]
    assert statuses == [201, 201]
    assert ExchangeRate.objects.count() == 2


def without_lock(monkeypatch: pytest.MonkeyPatch) -> None:
    real = idempotency._scalar
    monkeypatch.setattr(
        idempotency,
        "_scalar",
        lambda sql, *parameters: True if "advisory" in sql else real(sql, *parameters),
    )


def in_thread(client, key: str) -> tuple[int, object]:
    try:
        answer = post(client, "/api/orders", {"name": "a"}, key)
        return answer.status_code, answer.json()
    finally:
        connections.close_all()


@pytest.mark.django_db
def test_object_endpoint_that_bound_nothing_replays_its_stored_answer() -> None:
    client = client_with_key()

    first = post(client, "/api/payments", {"nothing": True}, "k1")
    second = post(client, "/api/payments", {"nothing": True}, "k1")

    assert first.json() == second.json() == {"source": "nothing to pay"}
    assert second["Idempotent-Replayed"] == "true"
