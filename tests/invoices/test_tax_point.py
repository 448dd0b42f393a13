"""The rate of a line is that of its tax point; what is only money is never taken twice."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from apps.customers.models import Customer
from apps.invoices.enums import Disposition
from apps.invoices.services.write_off import write_off
from apps.promos.services.redeem import redeem_coupon
from apps.taxes.models import TaxRate
from apps.wallets.enums import GrantKind
from tests.factories.billing import STARTED_AT, utc
from tests.factories.credit_notes import make_credit_note
from tests.factories.customers import make_customer
from tests.factories.invoices import make_line
from tests.factories.promos import make_fixed_coupon
from tests.factories.wallets import make_grant, make_wallet
from tests.invoices.test_complete_draft import german, issued, taxed

__all__ = ["german"]

pytestmark = pytest.mark.django_db

DECEMBER = {"period_starts_at": utc(2026, 12, 1), "period_ends_at": utc(2027, 1, 1)}
JANUARY = {"period_starts_at": utc(2027, 1, 1), "period_ends_at": utc(2027, 2, 1)}


def test_usage_of_a_period_that_is_over_has_the_rate_of_that_period(german: Customer) -> None:
    new_year = date(2027, 1, 1)
    TaxRate.objects.filter(country="DE", tax_code="standard", valid_to=None).update(valid_to=new_year)
    TaxRate.objects.create(
        country="DE", tax_code="standard", valid_from=new_year, percent=Decimal(21), created_at=STARTED_AT
    )

    invoice = issued(
        german, taxed(10000, kind="usage", **DECEMBER), taxed(10000, **JANUARY), at=utc(2027, 1, 1)
    )

    assert [line.tax_minor for line in invoice.lines.all()] == [1900, 2100]
    assert [tax.percent for tax in invoice.taxes.all()] == [19, 21]


def test_coupon_over_a_rebate_never_becomes_cash() -> None:
    customer = make_customer()
    redeem_coupon(customer=customer, code=make_fixed_coupon(10000, brand=customer.brand).code, at=STARTED_AT)

    invoice = issued(customer, make_line(10000, kind="manual"), make_line(-4000, kind="manual"))

    assert (invoice.discount_minor, invoice.total_minor, invoice.balance_credited_minor) == (6000, 0, 0)


def test_credit_of_what_was_written_off_is_no_money(german: Customer) -> None:
    invoice = issued(german, taxed(10000))
    write_off(invoice_id=invoice.pk, at=STARTED_AT, reason="x")

    note = make_credit_note(invoice.lines.get(), 10000, disposition=Disposition.BALANCE)

    assert (note.balance_minor, note.offset_minor) == (0, 11900)


def test_prepaid_credit_does_not_pay_for_credit() -> None:
    customer = make_customer()
    make_grant(3000, wallet=make_wallet(customer=customer), kind=GrantKind.PREPAID)

    invoice = issued(customer, make_line(5000, kind="top_up"))

    assert (invoice.prepaid_applied_minor, invoice.due_minor) == (0, 5000)
