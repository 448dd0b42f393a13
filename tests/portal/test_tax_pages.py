from __future__ import annotations

import html
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from apps.customers.models import Customer
from apps.invoices.enums import CreditReason
from apps.invoices.services.credit import CreditItem, issue_credit_note
from apps.plans.models import Price
from apps.promos.services.redeem import redeem_coupon
from apps.taxes.enums import CheckSource, CheckStatus
from apps.taxes.models import TaxIdCheck
from tests.factories.billing import STARTED_AT, subscribe_to
from tests.factories.customers import make_customer, make_member, make_test_clock
from tests.factories.plans import flat_price, make_plan
from tests.factories.promos import make_percent_coupon
from tests.factories.taxes import make_check, make_registration, ship_rates

pytestmark = pytest.mark.django_db


def taxed(**fields: Any) -> tuple[Customer, Client]:
    customer = make_customer(test_clock=make_test_clock(now_at=STARTED_AT), **fields)
    ship_rates()
    make_registration(customer.brand, "DE")
    client = Client()
    client.force_login(make_member(customer=customer).user)
    return customer, client


def page(client: Client, name: str, *args: object) -> str:
    answer = client.get(reverse(f"portal:{name}", args=args))
    assert answer.status_code == 200
    return html.unescape(answer.content.decode())


def test_invoice_and_credit_note_tell_discounts_by_name_and_tax_by_rate() -> None:
    customer, client = taxed()
    coupon = make_percent_coupon("50", brand=customer.brand, name="Half price")
    redeem_coupon(customer=customer, code=coupon.code, at=STARTED_AT)
    invoice = subscribe_to(customer=customer).invoices[0]
    item = CreditItem(invoice.lines.get().pk, amount_minor=1000)
    note = issue_credit_note(invoice_id=invoice.pk, items=[item], reason=CreditReason.OTHER, at=STARTED_AT)

    shown = page(client, "invoice", invoice.public_id)
    credited = page(client, "credit_note", note.public_id)

    assert "Discount: Half price" in shown
    assert "VAT 19% on €14.50" in shown
    assert '<span class="money">€17.26</span>' in shown
    assert reverse("portal:credit_note", args=[note.public_id]) in shown
    assert f"Credit note {note.number}" in credited
    assert "VAT 19% on €5.00" in credited
    assert '<span class="money">€5.95</span>' in credited


def test_gross_prices_say_the_tax_that_they_contain() -> None:
    customer, client = taxed()
    plan = make_plan(prices=[flat_price("119.00", tax_behavior="inclusive")])
    assert Price.objects.get(version__plan=plan).tax_behavior == "inclusive"
    invoice = subscribe_to(plan, customer=customer).invoices[0]

    shown = page(client, "invoice", invoice.public_id)

    assert "The price contains the tax." in shown
    assert "contains VAT 19% on €100.00" in shown
    assert (invoice.total_minor, invoice.tax_minor) == (11900, 1900)


def test_reverse_charge_is_said_in_the_language_of_the_customer() -> None:
    customer, client = taxed(country="AT", tax_id="ATU12345675", locale="de")
    make_check(customer)
    invoice = subscribe_to(customer=customer).invoices[0]

    shown = page(client, "invoice", invoice.public_id)

    assert invoice.tax_minor == 0
    assert "Steuerschuldner ist der Leistungsempfänger" in shown or "Steuerschuldnerschaft" in shown


@pytest.mark.parametrize(
    ("status", "fields", "expected"),
    [
        (CheckStatus.PENDING, {}, "being checked"),
        (CheckStatus.UNAVAILABLE, {}, "The register does not answer at the moment"),
        (
            CheckStatus.VALID,
            {"registered_name": "Kunde GmbH", "consultation_number": "WAPIAAA1"},
            "Consultation number WAPIAAA1",
        ),
        (CheckStatus.INVALID, {}, "The register does not know it."),
        (CheckStatus.INVALID, {"source": CheckSource.SYNTAX}, "Its form or its check digit is wrong."),
    ],
)
def test_details_tell_what_is_known_of_the_tax_id(
    status: CheckStatus, fields: dict[str, Any], expected: str
) -> None:
    customer, client = taxed(country="AT", tax_id="ATU12345675")
    make_check(customer, status, **fields)

    shown = page(client, "billing_details")

    assert expected in shown
    assert ("Correct it" in shown) == (status == CheckStatus.INVALID)


def test_new_tax_id_is_checked_at_once_and_again_when_asked() -> None:
    _, client = taxed(country="AT", locale="en", name="Kunde", email="k@example.com")
    form = {
        "name": "Kunde",
        "email": "k@example.com",
        "country": "AT",
        "tax_id": "ATU00000000",
        "time_zone": "UTC",
        "locale": "en",
    }

    answer = client.post(reverse("portal:edit_billing_details"), form)

    assert answer.status_code == 302
    wrong = TaxIdCheck.objects.get()
    assert (wrong.status, wrong.source) == (CheckStatus.INVALID, CheckSource.SYNTAX)
    client.post(reverse("portal:edit_billing_details"), form | {"tax_id": "ATU12345675"})
    assert TaxIdCheck.objects.latest("pk").status == CheckStatus.PENDING
    again = client.post(reverse("portal:check_tax_id"), follow=True)
    assert b"is being checked" in again.content
    assert TaxIdCheck.objects.count() == 2


def test_exempt_customer_reads_why() -> None:
    _, client = taxed(tax_exempt=True, tax_exempt_reason="Embassy")

    shown = page(client, "billing_details")

    assert "exempt" in shown
    assert "Embassy" in shown
