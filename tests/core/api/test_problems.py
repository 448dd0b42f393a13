from __future__ import annotations

import pytest
from django.test import Client

from tests.core.api.clients import client_with_key, post

PROBLEM = "application/problem+json"


@pytest.mark.django_db
def test_problem_without_a_key_is_401_with_a_challenge() -> None:
    answer = Client().get("/api/orders")

    assert answer.status_code == 401
    assert answer["Content-Type"] == PROBLEM
    assert answer["WWW-Authenticate"] == 'Bearer realm="api"'
    assert answer.json()["code"] == "not_authenticated"


@pytest.mark.django_db
def test_problem_with_a_missing_scope_names_it() -> None:
    answer = client_with_key("orders:read").post("/api/orders", {}, content_type="application/json")

    assert answer.status_code == 403
    assert answer.json()["code"] == "scope_missing"
    assert answer.json()["detail"] == "This needs the scope 'orders:write'."


@pytest.mark.django_db
def test_head_needs_the_scope_of_get() -> None:
    assert client_with_key("orders:write").head("/api/orders").status_code == 403
    assert client_with_key("orders:read").head("/api/orders").status_code == 200


@pytest.mark.django_db
def test_problem_of_invalid_input_has_paths_codes_and_messages() -> None:
    body = {"items": [{"price": 100}, {"price": "12"}], "rate": 0.5, "at": "2026-01-01T00:00:00"}

    answer = post(client_with_key(), "/api/orders", body)

    problem = answer.json()
    assert (answer.status_code, problem["code"], problem["status"]) == (422, "invalid_input", 422)
    assert problem["type"] == "urn:monetize:problem:invalid_input"
    assert problem["request_id"] == answer["Request-Id"]
    found = {(error["field"], error["code"]) for error in problem["errors"]}
    assert found == {
        ("name", "required"),
        ("items[1].price", "not_an_integer"),
        ("rate", "not_a_string"),
        ("at", "no_offset"),
    }


@pytest.mark.django_db
def test_problem_of_a_domain_error_keeps_code_status_and_field() -> None:
    answer = post(client_with_key(), "/api/orders", {"name": "refused"})

    problem = answer.json()
    assert answer.status_code == 409
    assert problem["title"] == "Conflict with the present state"
    assert problem["detail"] == "Not this one."
    assert problem["errors"] == [{"field": "name", "code": "conflict", "message": "Not this one."}]


@pytest.mark.django_db
def test_problem_of_broken_json_is_400() -> None:
    answer = client_with_key().post("/api/orders", "{", content_type="application/json")

    assert answer.status_code == 400
    assert answer.json()["code"] == "parse_error"


@pytest.mark.django_db
def test_problem_of_a_method_that_is_not_offered_is_405() -> None:
    answer = client_with_key().delete("/api/orders")

    assert answer.status_code == 405
    assert answer["Content-Type"] == PROBLEM


def test_problem_from_a_plain_view_is_the_same_shape() -> None:
    answer = Client().get("/api/plain")

    assert answer.status_code == 422
    assert answer["Content-Type"] == PROBLEM
    assert answer.json()["errors"] == [
        {"field": "tiers[1].up_to", "code": "tiers_overlap", "message": "Tiers overlap."}
    ]


def test_problem_of_an_unknown_address_is_404_json() -> None:
    answer = Client().get("/api/nowhere")

    assert (answer.status_code, answer["Content-Type"]) == (404, PROBLEM)


def test_problem_of_a_bug_is_500_without_its_text() -> None:
    answer = Client(raise_request_exception=False).get("/api/broken")

    assert (answer.status_code, answer["Content-Type"]) == (500, PROBLEM)
    assert answer.json()["code"] == "internal_error"
    assert "nobody foresaw" not in answer.content.decode()
