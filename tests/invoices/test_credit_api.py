from __future__ import annotations

from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries

from apps.billing.enums import CollectionStatus
from apps.invoices.enums import InvoiceStatus
from apps.invoices.models import CreditNote, Invoice
from apps.invoices.services.apply_payment import apply_payment
from apps.wallets.selectors import balance_of
from tests.factories.api_clients import make_api_client
from tests.factories.billing import STARTED_AT, subscribe_to
from tests.factories.customers import make_brand, make_customer, make_test_clock
from tests.factories.invoices import issue_invoice
from tests.factories.payments import case_of

pytestmark = pytest.mark.django_db


def asking(invoice: Invoice, amount: int, **more: Any) -> dict[str, Any]:
    line = invoice.lines.get()
    items = [{"line": line.public_id, "amount_minor": amount}]
    return {"invoice": invoice.public_id, "items": items, "reason": "other", **more}


def issued_invoice(**customer: Any) -> Invoice:
    clock = make_test_clock(now_at=STARTED_AT)
    return subscribe_to(customer=make_customer(test_clock=clock, **customer)).invoices[0]


def test_credit_note_says_what_is_given_back_and_where_it_goes() -> None:
    invoice = issued_invoice()
    client = make_api_client(brand=invoice.brand)

    answer = client.post("/api/v1/credit_notes", asking(invoice, 900, memo="Sorry"))

    made = answer.json()
    assert answer.status_code == 201, made
    assert (made["object"], made["status"], made["memo"]) == ("credit_note", "issued", "Sorry")
    amounts = ("subtotal_minor", "tax_minor", "total_minor", "offset_minor", "balance_minor", "refund_minor")
    assert [made[name] for name in amounts] == [900, 0, 900, 900, 0, 0]
    (line,) = made["lines"]
    assert (line["invoice_line"], line["exact_amount"]) == (invoice.lines.get().public_id, "9")
    shown = client.get(f"/api/v1/invoices/{invoice.public_id}").json()
    assert (shown["total_minor"], shown["credited_minor"], shown["due_minor"]) == (2900, 900, 2000)
    assert client.get(f"/api/v1/credit_notes/{made['number']}").json() == made


def test_crediting_all_of_an_open_invoice_stops_its_collecting() -> None:
    invoice = issued_invoice()
    assert case_of(invoice).status == CollectionStatus.DUE

    make_api_client(brand=invoice.brand).post("/api/v1/credit_notes", asking(invoice, 2900))

    invoice.refresh_from_db()
    assert (invoice.status, invoice.due_minor) == (InvoiceStatus.PAID, 0)
    assert case_of(invoice).status == CollectionStatus.SETTLED


def test_same_key_credits_once() -> None:
    invoice = issued_invoice()
    client = make_api_client(brand=invoice.brand)
    key = {"Idempotency-Key": "once"}

    first = client.post("/api/v1/credit_notes", asking(invoice, 900), headers=key)
    again = client.post("/api/v1/credit_notes", asking(invoice, 900), headers=key)

    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json()["id"] == again.json()["id"]
    assert CreditNote.objects.count() == 1


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"items": [{"line": "il_x", "amount_minor": 1}]}, 409, "credit_refused"),
        ({"items": []}, 422, None),
        ({"items": [{"line": "il_x", "amount_minor": 0}]}, 422, None),
        ({"disposition": "away"}, 422, None),
        ({"reason": "because"}, 422, None),
        ({"invoice": "inv_x"}, 404, "invoice_not_found"),
        ({"refund_minor": 1}, 422, None),
    ],
)
def test_what_makes_no_sense_is_refused(change: dict[str, Any], status: int, code: str | None) -> None:
    invoice = issued_invoice()

    answer = make_api_client(brand=invoice.brand).post("/api/v1/credit_notes", asking(invoice, 900) | change)

    assert answer.status_code == status, answer.content
    assert code is None or answer.json()["code"] == code
    assert not CreditNote.objects.exists()


def test_more_than_is_left_names_the_line_and_what_is_left() -> None:
    invoice = issued_invoice()
    client = make_api_client(brand=invoice.brand)
    client.post("/api/v1/credit_notes", asking(invoice, 2000))

    answer = client.post("/api/v1/credit_notes", asking(invoice, 901))

    assert (answer.status_code, answer.json()["code"]) == (409, "credit_refused")
    assert "has 9.00 EUR left to be credited" in answer.json()["detail"]


def test_voided_credit_note_keeps_its_number() -> None:
    invoice = issued_invoice()
    client = make_api_client(brand=invoice.brand)
    made = client.post("/api/v1/credit_notes", asking(invoice, 900)).json()

    voided = client.post(f"/api/v1/credit_notes/{made['id']}/void", {"reason": "Wrong line"}).json()

    assert (voided["status"], voided["number"]) == ("void", made["number"])
    assert client.get("/api/v1/credit_notes?status=void").json()["data"][0]["id"] == made["id"]
    assert client.get("/api/v1/credit_notes?status=issued").json()["data"] == []


def test_balance_and_its_movements_are_told() -> None:
    invoice = issued_invoice(external_id="ada")
    apply_payment(invoice_id=invoice.pk, amount_minor=2900, at=STARTED_AT, payment_id="pay_1")
    client = make_api_client(brand=invoice.brand)
    note = client.post("/api/v1/credit_notes", asking(invoice, 900)).json()

    taken = client.post("/api/v1/customers/ada/balance_movements", {"amount_minor": -100, "note": "Fee"})

    assert taken.status_code == 201
    (balance,) = client.get("/api/v1/customers/ada/balance").json()["data"]
    assert (balance["object"], balance["currency"], balance["balance_minor"]) == (
        "customer_balance",
        "EUR",
        800,
    )
    rows = client.get("/api/v1/customers/ada/balance_movements?currency=EUR").json()["data"]
    assert [(r["kind"], r["amount_minor"], r["balance_after_minor"], r["reference"]) for r in rows] == [
        ("manual_debit", -100, 800, invoice.customer.public_id),
        ("credit_note", 900, 900, note["id"]),
    ]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"amount_minor": 0, "note": "x"}, 422),
        ({"amount_minor": 1}, 422),
        ({"amount_minor": "1", "note": "x"}, 422),
        ({"amount_minor": 1, "note": "x", "currency": "EUX"}, 422),
        ({"amount_minor": -1, "note": "x"}, 409),
    ],
)
def test_movement_that_makes_no_sense_is_refused(body: dict[str, Any], status: int) -> None:
    customer = make_customer(external_id="ada")

    answer = make_api_client(brand=customer.brand).post("/api/v1/customers/ada/balance_movements", body)

    assert answer.status_code == status, answer.content
    assert balance_of(customer.pk, "EUR") == 0


def test_a_page_costs_the_same_queries_however_long(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    customer = make_customer(brand=make_brand())
    client = make_api_client(brand=customer.brand)

    def credit_some(count: int) -> None:
        for _ in range(count):
            invoice = issue_invoice(1000, customer=customer)
            client.post("/api/v1/credit_notes", asking(invoice, 100, disposition="balance"))

    path = "/api/v1/credit_notes?expand[]=customer&expand[]=invoice"
    credit_some(2)
    # Key, request counter, credit notes.
    with django_assert_num_queries(3):
        assert len(client.get(path).json()["data"]) == 2
    credit_some(4)
    with django_assert_num_queries(3):
        assert len(client.get(path).json()["data"]) == 6
