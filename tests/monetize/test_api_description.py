from __future__ import annotations

import re
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client

from tests.monetize.api_endpoints import ENDPOINTS
from tests.monetize.api_schema import described

CASES = [
    (path, method, operation)
    for path, operations in described()["paths"].items()
    for method, operation in operations.items()
]


def test_description_is_valid_without_warnings(tmp_path: Any) -> None:
    call_command("spectacular", "--validate", "--fail-on-warn", "--file", str(tmp_path / "schema.yml"))

    assert described()["openapi"].startswith("3.1")


def test_description_has_every_endpoint() -> None:
    declared = {
        ("/api/v1/" + address.replace("<", "{").replace(">", "}"), method.lower())
        for method, address in ENDPOINTS
    }

    assert {(path, method) for path, method, _ in CASES} == declared


def test_operations_have_names_of_their_own() -> None:
    names = [operation["operationId"] for _, _, operation in CASES]

    assert len(names) == len(set(names))
    assert [name for name in names if not re.fullmatch(r"[a-z]+(_[a-z]+)+", name)] == []


@pytest.mark.parametrize(("path", "method", "operation"), CASES, ids=lambda value: str(value)[:60])
def test_operation_says_all_that_a_client_needs(path: str, method: str, operation: dict[str, Any]) -> None:
    problems = {
        status
        for status, answer in operation["responses"].items()
        if "application/problem+json" in answer.get("content", {})
    }
    headers = {p["name"] for p in operation.get("parameters", []) if p["in"] == "header"}

    assert operation["summary"]
    assert len(operation["description"]) > 20
    assert "Scope: `" in operation["description"]
    assert operation["security"] == [{"apiKey": []}]
    assert {"401", "403"} <= problems
    assert ("{" in path) <= ("404" in problems)
    # The id of an event is its idempotency key.
    keyed = method in ("post", "patch") and path != "/api/v1/events"
    assert ("Idempotency-Key" in headers) == keyed


def test_bearer_scheme_is_described() -> None:
    scheme = described()["components"]["securitySchemes"]["apiKey"]

    assert (scheme["type"], scheme["scheme"]) == ("http", "bearer")


@pytest.mark.django_db
def test_description_is_served_to_everybody() -> None:
    answer = Client().get("/api/schema/", headers={"Accept": "application/vnd.oai.openapi+json"})

    assert answer.status_code == 200
    assert answer.json()["info"]["title"] == "Monetize"
