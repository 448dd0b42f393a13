"""What the API tells of invoices to come: as they will be, with discounts and tax."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.billing.services.run.bill_customer import bill_customer
from apps.customers.models import Customer
from apps.invoices.models import Invoice, InvoiceDiscount, InvoiceLine, InvoiceTax
from apps.promos.services.redeem import redeem_coupon
from tests.factories.api_clients import make_api_client
from tests.factories.billing import STARTED_AT, subscribe_to, utc
from tests.factories.customers import make_brand, make_customer, make_test_clock
from tests.factories.plans import flat_price, make_meter, make_plan, metered_price
from tests.factories.promos import make_percent_coupon
from tests.factories.taxes import make_registration, ship_rates
from tests.factories.usage import make_event, send

pytestmark = pytest.mark.django_db


def german(**overrides: Any) -> Customer:
    """A consumer in Germany with a lasting coupon of 10 %, of a brand that collects 19 % there."""
    brand = make_brand(country="DE")
    make_registration(brand, "DE")
    ship_rates()
    clock = make_test_clock(now_at=STARTED_AT, brand=brand)
    customer = make_customer(brand=brand, test_clock=clock, **{"country": "DE"} | overrides)
    coupon = make_percent_coupon("10", brand=brand, duration="forever")
    redeem_coupon(customer=customer, code=coupon.code, at=STARTED_AT)
    return customer


def metered(customer: Customer, code: str = "calls") -> None:
    """A subscription to EUR 29.00 a month and EUR 0.10 a call, with 5 calls so far."""
    meter = make_meter(code=code)
    prices = [flat_price(tax_code="standard"), metered_price(meter, unit_amount="0.10")]
    plan = make_plan(prices=prices)
    subscribe_to(plan, customer=customer)
    send(customer, *(make_event(customer, code, timestamp=STARTED_AT) for _ in range(5)))


def upcoming(customer: Customer) -> list[dict[str, Any]]:
    client = make_api_client(brand=customer.brand)
    return list(client.get(f"/api/v1/customers/{customer.public_id}/upcoming_invoices").json()["data"])


def test_upcoming_invoice_is_the_one_that_comes_with_its_discounts_and_tax() -> None:
    customer = german()
    metered(customer)

    (told,) = upcoming(customer)
    (invoice,) = bill_customer(customer_id=customer.pk, at=utc(2026, 2, 28))

    assert [line["amount_minor"] for line in told["lines"]] == [2900, 50]
    assert [(row["source"], row["amount_minor"]) for row in told["discounts"]] == [("coupon", 295)]
    (tax,) = told["taxes"]
    assert (tax["jurisdiction"], tax["taxable_minor"], tax["tax_minor"]) == ("DE", 2655, 504)
    sums = ("subtotal_minor", "discount_minor", "tax_minor", "tax_included_minor", "total_minor")
    assert [told[name] for name in sums] == [2950, 295, 504, 0, 3159]
    assert [told[name] for name in sums] == [getattr(invoice, name) for name in sums]


def test_upcoming_invoice_without_known_tax_says_why() -> None:
    customer = german(country="")
    metered(customer)

    (told,) = upcoming(customer)

    assert told["tax_problem"]
    assert (told["tax_minor"], told["total_minor"]) == (0, 2655)


def test_looking_at_upcoming_invoices_keeps_nothing() -> None:
    customer = german()
    metered(customer)
    kept = (Invoice, InvoiceLine, InvoiceDiscount, InvoiceTax)
    before = [model.objects.count() for model in kept]

    upcoming(customer)

    assert [model.objects.count() for model in kept] == before


def test_statements_for_upcoming_invoices_do_not_grow_with_other_customers() -> None:
    customer = german()
    metered(customer)
    upcoming(customer)

    with CaptureQueriesContext(connection) as alone:
        upcoming(customer)
    for n in range(3):
        metered(make_customer(brand=customer.brand, test_clock=customer.test_clock, country="DE"), f"c{n}")
    with CaptureQueriesContext(connection) as among_others:
        upcoming(customer)

    assert len(among_others) == len(alone)
