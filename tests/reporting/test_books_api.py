from __future__ import annotations

from datetime import datetime
from decimal import Decimal

import pytest

from apps.core.models import ExchangeRate
from apps.customers.models import Customer
from apps.invoices.enums import CreditReason, Disposition
from apps.invoices.models import Invoice
from apps.invoices.services.credit import CreditItem, issue_credit_note
from apps.invoices.services.finalize import finalize_invoice
from apps.invoices.services.void import void_invoice
from apps.invoices.tax_selectors import tax_by_place
from apps.taxes.enums import Scheme
from tests.factories.api_clients import make_api_client
from tests.factories.billing import STARTED_AT, utc
from tests.factories.customers import make_customer
from tests.factories.invoices import issue_invoice, make_draft, make_line
from tests.factories.taxes import make_registration, ship_rates

pytestmark = pytest.mark.django_db

TAXED = {"tax_minor": 1900, "tax_rate": Decimal(19), "taxes": [{"tax": 1, "percent": "19", "minor": 1900}]}
FEBRUARY = (utc(2026, 2, 1), utc(2026, 3, 1))


def test_deferred_revenue_is_told_by_month() -> None:
    period = {"period_starts_at": STARTED_AT, "period_ends_at": utc(2026, 3, 2)}
    invoice = issue_invoice(lines=[make_line(3000, **period)])
    client = make_api_client(brand=invoice.brand, scopes=["ledger:read"])

    answer = client.get("/api/v1/reports/deferred_revenue?at=2026-01-31T10:00:00Z").json()

    assert [(row["month"], row["amount_minor"]) for row in answer["data"]] == [
        ("2026-01-01", 100),
        ("2026-02-01", 2800),
        ("2026-03-01", 100),
    ]
    before = client.get("/api/v1/reports/deferred_revenue?at=2026-01-31T09:00:00Z").json()
    assert before["data"] == []


def test_tax_is_reported_by_place_net_of_what_was_voided_and_credited() -> None:
    customer = make_customer()
    kept = issue_invoice(lines=[make_line(10000, **TAXED)], customer=customer, at=utc(2026, 2, 3))
    voided = issue_invoice(lines=[make_line(10000, **TAXED)], customer=customer, at=utc(2026, 2, 4))
    issue_invoice(lines=[make_line(10000, **TAXED)], customer=customer, at=utc(2026, 3, 1))
    void_invoice(invoice_id=voided.pk, at=utc(2026, 3, 5), reason="typo")
    books = {"brand_id": customer.brand_id, "livemode": False}

    (february,) = tax_by_place(**books, since=FEBRUARY[0], until=FEBRUARY[1])
    (march,) = tax_by_place(**books, since=FEBRUARY[1], until=utc(2026, 4, 1))

    assert (february.jurisdiction, february.percent, february.currency) == ("DE", Decimal(19), "EUR")
    assert (february.taxable_minor, february.tax_minor, february.documents) == (20000, 3800, 2)
    # What was declared for February stays; the voided invoice comes off March.
    assert (march.taxable_minor, march.tax_minor, march.documents) == (0, 0, 2)
    note = issue_credit_note(
        invoice_id=kept.pk,
        items=[CreditItem(kept.lines.get().pk, amount_minor=5000)],
        reason=CreditReason.OTHER,
        disposition=Disposition.BALANCE,
        at=utc(2026, 4, 2),
    )
    assert note is not None
    (april,) = tax_by_place(**books, since=utc(2026, 4, 1), until=utc(2026, 5, 1))
    assert (april.taxable_minor, april.tax_minor) == (-5000, -950)


def test_tax_report_names_days_of_the_brands_zone() -> None:
    invoice = issue_invoice(lines=[make_line(10000, **TAXED)], at=utc(2026, 2, 28, 23, 59))
    client = make_api_client(brand=invoice.brand, scopes=["ledger:read"])

    answer = client.get("/api/v1/reports/tax?from=2026-02-01&to=2026-02-28").json()

    assert answer["until"] == "2026-03-01T00:00:00Z"
    assert [(row["jurisdiction"], row["tax_minor"]) for row in answer["data"]] == [("DE", 1900)]
    assert client.get("/api/v1/reports/tax?from=2026-03-01&to=2026-03-31").json()["data"] == []
    assert client.get("/api/v1/reports/tax?from=2026-03-01&to=2026-02-01").status_code == 422
    assert client.get("/api/v1/reports/tax").status_code == 422


def test_tax_of_foreign_invoices_is_reported_in_the_currency_of_its_place_too() -> None:
    customer = make_customer(country="DE")
    make_registration(customer.brand, "DE")
    ship_rates()
    for day, rate in ((utc(2026, 2, 2), "0.92"), (utc(2026, 2, 16), "0.90")):
        ExchangeRate.objects.create(
            date=day.date(), base="USD", quote="EUR", rate=Decimal(rate), source="ECB"
        )
    invoices = [
        foreign_invoice(customer, minor, at=at)
        for minor, at in ((10000, utc(2026, 2, 3)), (3333, utc(2026, 2, 17)), (10000, utc(2026, 2, 18)))
    ]
    foreign_invoice(customer, 10000, currency="EUR", at=utc(2026, 2, 18))
    issue_credit_note(
        invoice_id=invoices[0].pk,
        items=[CreditItem(invoices[0].lines.get().pk, amount_minor=5000)],
        reason=CreditReason.OTHER,
        disposition=Disposition.BALANCE,
        at=utc(2026, 2, 19),
    )
    void_invoice(invoice_id=invoices[2].pk, at=utc(2026, 2, 20), reason="typo")
    client = make_api_client(brand=customer.brand, scopes=["ledger:read"])

    answer = client.get("/api/v1/reports/tax?from=2026-02-01&to=2026-02-28").json()

    euros, dollars = answer["data"]
    assert (euros["currency"], euros["local_currency"]) == ("EUR", "EUR")
    assert (euros["local_taxable_minor"], euros["local_tax_minor"]) == (10000, 1900)
    assert (dollars["currency"], dollars["taxable_minor"], dollars["tax_minor"]) == ("USD", 8333, 1583)
    # 92.00 + 30.00 - 46.00 of which 17.48 + 5.70 - 8.74 are due; what was voided came and went.
    assert (dollars["local_currency"], dollars["local_taxable_minor"]) == ("EUR", 7600)
    assert dollars["local_tax_minor"] == 1444
    assert sum(invoice.tax_facts["local"]["tax_minor"] for invoice in invoices[:2]) == 1748 + 570


def test_sales_tax_is_reported_in_the_currency_of_its_invoices_alone() -> None:
    customer = make_customer(country="US", region="TX", postal_code="78701")
    make_registration(customer.brand, "US", Scheme.SALES_TAX, region="TX")
    ship_rates()
    invoice = foreign_invoice(customer, 10000, currency="USD", at=utc(2026, 2, 3))
    assert invoice.tax_minor > 0

    (row,) = tax_by_place(brand_id=customer.brand_id, livemode=False, since=FEBRUARY[0], until=FEBRUARY[1])

    assert (row.kind, row.tax_minor) == ("sales_tax", invoice.tax_minor)
    assert (row.local_currency, row.local_taxable_minor, row.local_tax_minor) == ("", None, None)


def foreign_invoice(customer: Customer, minor: int, *, at: datetime, currency: str = "USD") -> Invoice:
    lines = [make_line(minor, currency, tax_code="standard")]
    return finalize_invoice(invoice_id=make_draft(lines, customer=customer, currency=currency).pk, at=at)
