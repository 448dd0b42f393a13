from __future__ import annotations

import hashlib

import pytest
from pytest_django import DjangoAssertNumQueries

from apps.billing.services.run.bill_customer import bill_customer
from apps.invoices.enums import CreditReason
from apps.invoices.models import InvoiceDocument
from apps.invoices.services.credit import CreditItem, issue_credit_note
from apps.promos.services.redeem import redeem_coupon
from tests.factories.api_clients import make_api_client
from tests.factories.billing import STARTED_AT, subscribe_to, utc
from tests.factories.customers import make_brand, make_customer
from tests.factories.plans import flat_price, make_free_plan, make_meter, make_plan, metered_price, seat_price
from tests.factories.promos import make_percent_coupon
from tests.factories.taxes import make_registration, ship_rates
from tests.factories.usage import make_event, send
from tests.factories.wallets import make_grant, make_wallet

pytestmark = pytest.mark.django_db

TIERS = {
    "tiers": [{"up_to": "2", "unit_amount": "1.00"}, {"up_to": None, "unit_amount": "0.50"}],
}


def test_invoice_explains_each_of_its_lines() -> None:
    meter = make_meter(code="calls", unit_name="call")
    price = metered_price(meter, model="graduated", parameters=TIERS)
    customer = make_customer()
    subscribe_to(make_plan(code="team", prices=[flat_price(), price]), customer=customer)
    send(customer, *(make_event(customer, "calls", timestamp=utc(2026, 2, 1)) for _ in range(3)))
    (invoice,) = bill_customer(customer_id=customer.pk, at=utc(2026, 2, 28))

    shown = make_api_client(brand=customer.brand).get(f"/api/v1/invoices/{invoice.public_id}").json()

    assert (shown["object"], shown["status"], shown["number"]) == ("invoice", "open", invoice.number)
    assert (shown["total_minor"], shown["paid_minor"], shown["due_minor"]) == (3150, 0, 3150)
    assert shown["currency"] == "EUR"
    assert shown["seller"]["name"] == customer.brand.name
    fee, usage = shown["lines"]
    assert (fee["kind"], fee["amount_minor"], fee["quantity"]) == ("recurring", 2900, "1")
    assert (usage["kind"], usage["amount_minor"], usage["quantity"]) == ("usage", 250, "3")
    assert usage["exact_amount"] == "2.5"
    assert usage["explanation"] == [
        "First 2 units at €1.00 each: €2.00",
        "Next 1 unit at €0.50 each: €0.50",
        "Total: €2.50",
    ]
    assert [step["kind"] for step in usage["trace"]["steps"]] == ["tier_first", "tier_next", "total"]
    assert usage["snapshot"]["meter"] == "calls"
    assert (usage["period_starts_at"], usage["period_ends_at"]) == (
        "2026-01-31T09:30:00Z",
        "2026-02-28T00:00:00Z",
    )


def test_invoice_and_credit_note_tell_discounts_and_taxes() -> None:
    customer = make_customer()
    ship_rates()
    make_registration(customer.brand, "DE")
    coupon = make_percent_coupon("50", brand=customer.brand, name="Half price")
    redeem_coupon(customer=customer, code=coupon.code, at=STARTED_AT)
    make_grant(1000, wallet=make_wallet(customer=customer))
    invoice = subscribe_to(customer=customer).invoices[0]
    item = CreditItem(invoice.lines.get().pk, amount_minor=1000)
    note = issue_credit_note(invoice_id=invoice.pk, items=[item], reason=CreditReason.OTHER, at=STARTED_AT)
    assert note is not None
    client = make_api_client(brand=customer.brand)

    shown = client.get(f"/api/v1/invoices/{invoice.public_id}").json()
    credited = client.get(f"/api/v1/credit_notes/{note.public_id}").json()

    assert shown["discounts"] == [{"source": "coupon", "name": "Half price", "amount_minor": 1450}]
    (tax,) = shown["taxes"]
    assert (tax["category"], tax["percent"], tax["taxable_minor"], tax["tax_minor"]) == ("S", "19", 1450, 276)
    assert (shown["total_minor"], shown["prepaid_applied_minor"]) == (1726, 1000)
    assert (shown["tax_status"], shown["tax_included_minor"]) == ("settled", 0)
    assert [(tax["taxable_minor"], tax["tax_minor"]) for tax in credited["taxes"]] == [(500, 95)]


def test_draft_that_waits_for_its_tax_says_why() -> None:
    customer = make_customer(country="")
    ship_rates()
    make_registration(customer.brand, "DE")
    waiting = subscribe_to(customer=customer).invoices[0]

    shown = make_api_client(brand=customer.brand).get(f"/api/v1/invoices/{waiting.public_id}").json()

    assert (shown["status"], shown["tax_status"]) == ("draft", "waiting")
    assert "has no country" in shown["tax_problem"]


def test_invoices_are_filtered_and_come_without_lines() -> None:
    brand = make_brand()
    ada, bob = make_customer(brand=brand, external_id="ada"), make_customer(brand=brand)
    plan = make_plan(prices=[flat_price(), seat_price()])
    of_ada = subscribe_to(plan, customer=ada)
    of_bob = subscribe_to(plan, customer=bob)
    free = subscribe_to(make_free_plan(), customer=bob, card=False)
    client = make_api_client(brand=brand)

    def found(query: str) -> list[str]:
        return [row["id"] for row in client.get(f"/api/v1/invoices?{query}").json()["data"]]

    ids = [subscribed.invoices[0].public_id for subscribed in (free, of_bob, of_ada)]
    assert found("") == ids
    assert found("customer=ada") == ids[2:]
    assert found("status=closed") == ids[:1]
    assert found(f"subscription={of_bob.subscription.public_id}") == ids[1:2]
    assert found(f"number={of_ada.invoices[0].number}") == ids[2:]
    assert "lines" not in client.get("/api/v1/invoices").json()["data"][0]
    assert client.get("/api/v1/invoices?status=odd").status_code == 422


def test_invoice_is_found_by_its_number() -> None:
    (invoice,) = subscribe_to().invoices
    client = make_api_client(brand=invoice.brand)

    assert client.get(f"/api/v1/invoices/{invoice.number}").json()["id"] == invoice.public_id


@pytest.mark.parametrize("accept", ["*/*", "application/pdf"])
def test_pdf_is_the_kept_document(accept: str) -> None:
    (invoice,) = subscribe_to().invoices
    client = make_api_client(brand=invoice.brand)
    path = f"/api/v1/invoices/{invoice.public_id}/pdf"

    first = client.get(path, headers={"Accept": accept})
    again = client.get(path, headers={"Accept": accept})

    assert (first.status_code, first["Content-Type"]) == (200, "application/pdf")
    assert first.content[:5] == b"%PDF-"
    assert again.content == first.content
    assert hashlib.sha256(first.content).hexdigest() == InvoiceDocument.objects.get().sha256
    assert f'filename="{invoice.number}.pdf"' in first["Content-Disposition"]


def test_closed_invoice_has_no_pdf_and_says_so_in_json() -> None:
    (invoice,) = subscribe_to(make_free_plan(), card=False).invoices
    client = make_api_client(brand=invoice.brand)

    refused = client.get(f"/api/v1/invoices/{invoice.public_id}/pdf", headers={"Accept": "application/pdf"})

    assert (refused.status_code, refused["Content-Type"]) == (409, "application/problem+json")
    assert refused.json()["code"] == "invoice_refused"


def test_a_page_costs_the_same_queries_however_long(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    brand, plan = make_brand(), make_plan()
    client = make_api_client(brand=brand)

    def bill_some(count: int) -> None:
        for _ in range(count):
            subscribe_to(plan, customer=make_customer(brand=brand))

    bill_some(2)
    client.get("/api/v1/invoices")  # The first use of a key is noted on its row.
    # Key, request counter, invoices.
    with django_assert_num_queries(3):
        assert len(client.get("/api/v1/invoices?expand[]=customer").json()["data"]) == 2
    bill_some(4)
    with django_assert_num_queries(3):
        assert len(client.get("/api/v1/invoices?expand[]=customer").json()["data"]) == 6
