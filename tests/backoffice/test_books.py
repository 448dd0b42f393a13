"""What staff see of the books: every number leads to the document that caused it."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse

from apps.accounts.enums import StaffRole
from apps.core.models import ExchangeRate
from apps.invoices.services.finalize import finalize_invoice
from apps.invoices.services.recognize_revenue import recognize_revenue
from apps.ledger.models import Transaction
from tests.backoffice.shop import make_shop
from tests.factories.billing import REAL_TIME, utc
from tests.factories.customers import make_brand, make_customer
from tests.factories.invoices import issue_invoice, make_draft, make_line
from tests.factories.staff import staff_client
from tests.factories.taxes import make_registration, ship_rates

pytestmark = pytest.mark.django_db

JANUARY = {"period_starts_at": utc(2026, 1, 1), "period_ends_at": utc(2026, 2, 1)}
TAXED = {"tax_minor": 1900, "tax_rate": Decimal(19)}


@pytest.fixture
def staff() -> Client:
    return staff_client(StaffRole.FINANCE)


def page(staff: Client, name: str, *args: str, **query: str) -> str:
    answer = staff.get(reverse(f"backoffice:{name}", args=args), query)
    assert answer.status_code == 200
    content = b"".join(answer.streaming_content) if answer.streaming else answer.content  # type: ignore[attr-defined]
    return content.decode()


def rows(staff: Client, name: str, **query: str) -> list[list[str]]:
    text = page(staff, name, format="csv", **query)
    return [line.split(",") for line in text.splitlines()[1:]]


def test_trial_balance_is_that_of_the_end_of_a_day(staff: Client) -> None:
    issue_invoice(lines=[make_line(3100, **JANUARY)], at=utc(2026, 1, 1))

    balances = {row[0]: row[-1] for row in rows(staff, "books", at="2026-01-01")}

    assert balances == {"receivable": "31.00", "deferred_revenue": "-31.00"}
    assert {row[-1] for row in rows(staff, "books", at="2025-12-31")} == {"0.00"}


def test_journal_leads_from_an_entry_to_its_document(staff: Client) -> None:
    shop = make_shop()
    booked = Transaction.objects.get(reference_id=shop.invoice.public_id)

    listed = page(staff, "journal", q=shop.invoice.public_id)
    entry = page(staff, "journal_entry", booked.public_id)

    document = reverse("backoffice:invoice", args=[shop.invoice.public_id])
    assert reverse("backoffice:journal_entry", args=[booked.public_id]) in listed
    assert document in listed
    assert document in entry
    assert "receivable" in entry


def test_run_of_recognition_leads_to_the_lines_that_earned(staff: Client) -> None:
    invoice = issue_invoice(lines=[make_line(3100, **JANUARY)], at=utc(2026, 1, 1))
    recognize_revenue(scope=REAL_TIME, at=utc(2026, 1, 11))
    booked = Transaction.objects.get(kind="recognition")

    entry = page(staff, "journal_entry", booked.public_id)

    assert reverse("backoffice:invoice", args=[invoice.public_id]) in entry
    assert "€10.00" in entry
    assert "€21.00" in entry


def test_entry_of_another_brand_is_not_found(staff: Client) -> None:
    shop = make_shop()
    other = issue_invoice(1000, customer=make_customer(brand=make_brand(code="zz-last")))
    booked = Transaction.objects.get(reference_id=other.public_id)

    answer = staff.get(reverse("backoffice:journal_entry", args=[booked.public_id]))

    assert shop.brand.pk != other.brand_id
    assert answer.status_code == 404


def test_deferred_revenue_stands_in_the_months_that_earn_it(staff: Client) -> None:
    issue_invoice(lines=[make_line(3000, period_starts_at=utc(2026, 1, 17), period_ends_at=utc(2026, 2, 16))],
                  at=utc(2026, 1, 17))  # fmt: skip

    assert rows(staff, "deferred_revenue", at="2026-01-16") == []
    assert rows(staff, "deferred_revenue", at="2026-01-17") == [
        ["2026-01-01", "EUR", "14.48"],
        ["2026-02-01", "EUR", "15.52"],
    ]
    assert "Deferred revenue" in page(staff, "deferred_revenue", at="2026-01-17")


def test_tax_report_is_of_the_days_asked_for(staff: Client) -> None:
    issue_invoice(lines=[make_line(10000, **TAXED)], at=utc(2026, 2, 3))

    (row,) = rows(staff, "tax_report", **{"from": "2026-02-01", "to": "2026-02-28"})

    assert ",".join(row) == "DE,,vat,S,VAT,19.000000,EUR,100.00,19.00,1,EUR,100.00,19.00"
    shown = page(staff, "tax_report", **{"from": "2026-02-01", "to": "2026-02-28"})
    assert "€19.00" in shown
    assert "Taxed, S" in shown
    backwards = page(staff, "tax_report", **{"from": "2026-03-01", "to": "2026-02-28"})
    assert "The last day is before the first" in backwards
    assert rows(staff, "tax_report", **{"from": "2026-03-01", "to": "2026-02-28"}) == []


def test_tax_report_tells_foreign_invoices_in_local_currency_too(staff: Client) -> None:
    customer = make_customer(country="DE")
    make_registration(customer.brand, "DE")
    ship_rates()
    rate = {"base": "USD", "quote": "EUR", "rate": Decimal("0.92"), "source": "ECB"}
    ExchangeRate.objects.create(date=date(2026, 2, 3), **rate)
    draft = make_draft([make_line(10000, "USD", tax_code="standard")], customer=customer, currency="USD")
    finalize_invoice(invoice_id=draft.pk, at=utc(2026, 2, 3))
    february = {"from": "2026-02-01", "to": "2026-02-28"}

    (row,) = rows(staff, "tax_report", **february)

    assert row[6:] == ["USD", "100.00", "19.00", "1", "EUR", "92.00", "17.48"]
    shown = page(staff, "tax_report", **february)
    assert "€17.48" in shown
    assert "€92.00" in shown
