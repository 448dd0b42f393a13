from __future__ import annotations

import pytest

from tests.factories.api_clients import make_api_client
from tests.factories.billing import subscribe_to

pytestmark = pytest.mark.django_db


def test_trial_balance_shows_balanced_books() -> None:
    (invoice,) = subscribe_to().invoices
    client = make_api_client(brand=invoice.brand, scopes=["ledger:read"])

    answer = client.get("/api/v1/reports/trial_balance").json()

    balances = {row["account"]: row["balance_minor"] for row in answer["data"]}
    assert balances["receivable"] == 2900
    assert sum(balances.values()) == 0
    assert {row["currency"] for row in answer["data"]} == {"EUR"}
    assert (answer["object"], answer["at"], answer["livemode"]) == ("trial_balance", None, False)


def test_trial_balance_before_an_instant_leaves_out_what_came_later() -> None:
    (invoice,) = subscribe_to().invoices
    client = make_api_client(brand=invoice.brand)

    answer = client.get("/api/v1/reports/trial_balance?at=2026-01-31T09:30:00Z").json()

    assert {row["balance_minor"] for row in answer["data"]} == {0}
    assert client.get("/api/v1/reports/trial_balance?at=yesterday").status_code == 422


def test_journal_lists_transactions_with_their_legs_and_what_caused_them() -> None:
    (invoice,) = subscribe_to().invoices
    client = make_api_client(brand=invoice.brand, scopes=["ledger:read"])

    (entry,) = client.get(f"/api/v1/reports/journal?reference={invoice.public_id}").json()["data"]

    assert (entry["kind"], entry["reference_type"]) == ("invoice", "invoice")
    assert {leg["account"]: leg["amount_minor"] for leg in entry["legs"]} == {
        "receivable": 2900,
        "deferred_revenue": -2900,
    }
    assert client.get("/api/v1/reports/journal?kind=payment").json()["data"] == []
