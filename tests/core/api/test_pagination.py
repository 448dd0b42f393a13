from __future__ import annotations

import base64
import json
from datetime import date

import pytest

from apps.core.models import ExchangeRate
from tests.core.api.clients import client_with_key


@pytest.fixture
def five_rates(db: None) -> list[int]:
    """Ids of five rows, three of them of one day, newest first."""
    days = [date(2026, 1, 1), date(2026, 1, 2), date(2026, 1, 2), date(2026, 1, 2), date(2026, 1, 3)]
    rows = [
        ExchangeRate.objects.create(date=day, base="EUR", quote=f"Q{n}", rate=1, source="test")
        for n, day in enumerate(days)
    ]
    return [row.pk for row in reversed(rows)]


def test_list_pages_hold_every_row_once_in_order(five_rates: list[int]) -> None:
    client = client_with_key()
    seen: list[int] = []
    cursor = ""

    for _ in range(3):
        page = client.get("/api/orders", {"limit": "2", "cursor": cursor}).json()
        seen += [row["id"] for row in page["data"]]
        cursor = page["next_cursor"]

    assert seen == five_rates
    assert page["object"] == "list"
    assert page["has_more"] is False
    assert page["next_cursor"] is None


def test_list_row_added_in_front_does_not_move_the_next_page(five_rates: list[int]) -> None:
    client = client_with_key()
    first = client.get("/api/orders", {"limit": "2"}).json()

    ExchangeRate.objects.create(date=date(2026, 2, 1), base="EUR", quote="NEW", rate=1, source="test")

    second = client.get("/api/orders", {"limit": "2", "cursor": first["next_cursor"]}).json()
    assert [row["id"] for row in second["data"]] == five_rates[2:4]


def test_list_exactly_full_page_has_no_more(five_rates: list[int]) -> None:
    page = client_with_key().get("/api/orders", {"limit": "5"}).json()

    assert len(page["data"]) == 5
    assert page["has_more"] is False


@pytest.mark.django_db
@pytest.mark.parametrize("limit", ["0", "101", "-1", "x", "1.5", "²", "99999999999999999999"])
def test_list_limit_out_of_range_is_refused(limit: str) -> None:
    answer = client_with_key().get("/api/orders", {"limit": limit})

    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == "limit"


def forged(*values: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(values).encode()).decode()


@pytest.mark.django_db
@pytest.mark.parametrize(
    "cursor",
    [
        "x",
        "!!!",
        "é",
        forged(1),
        forged("text", 1),
        forged("2026-01-01", 2**70),
        forged(None, None),
        forged({}, 1),
    ],
)
def test_list_cursor_that_was_never_given_is_refused(cursor: str) -> None:
    answer = client_with_key().get("/api/orders", {"cursor": cursor})

    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == "cursor"
