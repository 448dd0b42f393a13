"""Invoices written by hand over the API: drafted, changed, issued and collected, drafted anew."""

from __future__ import annotations

from typing import Any

import pytest

from apps.billing.enums import CollectionStatus
from apps.invoices.enums import InvoiceStatus
from apps.invoices.models import Invoice
from tests.factories.api_clients import make_api_client
from tests.factories.billing import make_card
from tests.factories.customers import make_brand, make_customer
from tests.factories.payments import case_of

pytestmark = pytest.mark.django_db

BACKWARDS = {"starts_at": "2026-02-01T00:00:00Z", "ends_at": "2026-01-01T00:00:00Z"}
LINE = {"description": "Workshop", "quantity": "2.5", "unit_price": "80.00"}


class Desk:
    """A client of one brand, and a customer with a card."""

    def __init__(self) -> None:
        brand = make_brand()
        self.client = make_api_client(brand=brand, scopes=["invoices:read", "invoices:write"])
        self.customer = make_customer(brand=brand, external_id="acme")
        make_card(self.customer)

    def call(self, method: str, path: str, body: Any = None) -> Any:
        return getattr(self.client, method)(f"/api/v1/{path}", body, format="json")

    def draft(self, *lines: dict[str, Any]) -> dict[str, Any]:
        answer = self.call("post", "invoices", {"customer": "acme", "lines": list(lines), "memo": "Thanks"})
        assert answer.status_code == 201, answer.json()
        return answer.json()


def test_draft_is_written_reviewed_and_issued() -> None:
    desk = Desk()

    draft = desk.draft(LINE)
    issued = desk.call("post", f"invoices/{draft['id']}/finalize").json()

    assert (draft["status"], draft["number"], draft["total_minor"]) == ("draft", None, 20000)
    assert [line["kind"] for line in draft["lines"]] == ["manual"]
    assert (issued["status"], issued["due_minor"]) == ("open", 20000)
    assert issued["number"].endswith("-000001")
    assert case_of(Invoice.objects.get()).status == CollectionStatus.DUE


def test_lines_are_added_changed_and_removed() -> None:
    desk = Desk()
    path = f"invoices/{desk.draft()['id']}/lines"

    added = desk.call("post", path, LINE)
    line = added.json()["lines"][0]["id"]
    changed = desk.call("patch", f"{path}/{line}", {"quantity": "3"}).json()
    removed = desk.call("delete", f"{path}/{line}").json()

    assert added.status_code == 201
    assert (added.json()["total_minor"], changed["total_minor"], removed["total_minor"]) == (20000, 24000, 0)
    assert changed["lines"][0]["description"] == "Workshop"


def test_draft_is_thrown_away() -> None:
    desk = Desk()
    draft = desk.draft(LINE)

    gone = desk.call("delete", f"invoices/{draft['id']}")

    assert gone.status_code == 204
    assert desk.call("get", f"invoices/{draft['id']}").status_code == 404


def test_issued_invoice_is_drafted_anew_and_the_old_one_is_void() -> None:
    desk = Desk()
    draft = desk.draft(LINE)
    desk.call("post", f"invoices/{draft['id']}/finalize")

    again = desk.call("post", f"invoices/{draft['id']}/regenerate", {"reason": "Wrong address"})

    assert again.status_code == 201
    assert (again.json()["status"], again.json()["total_minor"]) == ("draft", 20000)
    old = Invoice.objects.get(public_id=draft["id"])
    assert old.status == InvoiceStatus.VOID
    assert case_of(old).status == CollectionStatus.SETTLED


@pytest.mark.parametrize(
    ("line", "field"),
    [
        ({"unit_price": 80}, "lines[0].unit_price"),
        ({"quantity": "0"}, "quantity"),
        ({"price": "1"}, "lines[0].price"),
        (
            {"period": {"starts_at": "2026-02-01T00:00:00Z", "ends_at": "2026-01-01T00:00:00Z"}},
            "period_ends_at",
        ),
    ],
)
def test_line_that_makes_no_sense_is_refused(line: dict[str, Any], field: str) -> None:
    desk = Desk()

    answer = desk.call("post", "invoices", {"customer": "acme", "lines": [{**LINE, **line}]})

    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == [field]
    assert not Invoice.objects.exists()
