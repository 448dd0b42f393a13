"""A brand that uses a tax service: drafts wait for it, and what it said counts for just what was asked."""

from __future__ import annotations

from datetime import timedelta

import pytest

from apps.billing.services.run.finalize_due import finalize_due
from apps.customers.models import Customer
from apps.invoices.enums import InvoiceStatus, TaxStatus
from apps.invoices.models import Invoice
from apps.invoices.services.ask_tax import ask_tax
from apps.invoices.services.finalize import finalize_invoice
from tests.factories.billing import REAL_TIME, STARTED_AT, utc
from tests.factories.customers import make_brand, make_customer
from tests.factories.invoices import make_draft, make_line
from tests.fixtures.gateway import GatewaySandbox

pytestmark = pytest.mark.real_commits


@pytest.fixture
def parisian() -> Customer:
    return make_customer(brand=make_brand(tax_engine="stripe"), country="FR")


def waiting_draft(customer: Customer) -> Invoice:
    draft = make_draft([make_line(10000, tax_code="standard")], customer=customer)
    return finalize_invoice(invoice_id=draft.pk, at=STARTED_AT)


def test_draft_waits_is_asked_about_and_issued(gateway: GatewaySandbox, parisian: Customer) -> None:
    draft = waiting_draft(parisian)
    assert (draft.status, draft.tax_status) == (InvoiceStatus.DRAFT, TaxStatus.WAITING)

    assert finalize_due(scope=REAL_TIME, at=STARTED_AT) == 1

    issued = Invoice.objects.get(pk=draft.pk)
    assert (issued.status, issued.tax_minor, issued.total_minor) == (InvoiceStatus.OPEN, 2000, 12000)
    (tax,) = issued.taxes.all()
    assert (tax.jurisdiction, tax.percent) == ("FR", 20)


def test_service_that_does_not_answer_is_asked_again_and_is_no_zero(
    gateway: GatewaySandbox, parisian: Customer
) -> None:
    gateway.control.fault("error_500", match={"path": "/v1/tax/calculations"})
    draft = waiting_draft(parisian)

    finalize_due(scope=REAL_TIME, at=STARTED_AT)

    draft.refresh_from_db()
    assert (draft.status, draft.tax_minor) == (InvoiceStatus.DRAFT, 0)
    assert draft.tax_problem == "Stripe Tax did not answer; it is asked again."
    assert finalize_due(scope=REAL_TIME, at=STARTED_AT) == 0
    gateway.control.clear_faults()
    assert finalize_due(scope=REAL_TIME, at=STARTED_AT + timedelta(days=1)) == 1
    draft.refresh_from_db()
    assert (draft.status, draft.tax_minor) == (InvoiceStatus.OPEN, 2000)


def test_answer_counts_for_what_was_asked_only(gateway: GatewaySandbox, parisian: Customer) -> None:
    draft = waiting_draft(parisian)
    ask_tax(invoice_id=draft.pk, at=STARTED_AT)
    Customer.objects.filter(pk=parisian.pk).update(country="DE")

    again = finalize_invoice(invoice_id=draft.pk, at=STARTED_AT)

    assert (again.status, again.tax_status) == (InvoiceStatus.DRAFT, TaxStatus.WAITING)


def test_each_line_is_asked_about_with_its_own_tax_point(gateway: GatewaySandbox) -> None:
    # German VAT was 16 % until the end of 2020.
    new_year = utc(2021, 1, 1)
    berliner = make_customer(brand=make_brand(tax_engine="stripe"), country="DE")
    december = {"period_starts_at": utc(2020, 12, 1), "period_ends_at": new_year}
    january = {"period_starts_at": new_year, "period_ends_at": utc(2021, 2, 1)}
    lines = [
        make_line(10000, tax_code="standard", **january),
        make_line(5000, tax_code="standard", kind="usage", **december),
        make_line(1000, tax_code="exempt", **january),
    ]
    draft = finalize_invoice(invoice_id=make_draft(lines, customer=berliner).pk, at=new_year)

    finalize_due(scope=REAL_TIME, at=new_year)

    issued = Invoice.objects.get(pk=draft.pk)
    assert [line.tax_minor for line in issued.lines.all()] == [1900, 800, 0]
    assert [tax.percent for tax in issued.taxes.all()] == [19, 16, 0]
    assert issued.tax_facts["answer"]["reference"].count("taxcalc_") == 2


def test_no_answer_about_one_tax_point_is_none_about_the_draft(gateway: GatewaySandbox) -> None:
    parisian = make_customer(brand=make_brand(tax_engine="stripe"), country="FR")
    ended = {"period_starts_at": STARTED_AT - timedelta(days=30), "period_ends_at": STARTED_AT}
    lines = [make_line(10000, tax_code="standard"), make_line(5000, tax_code="standard", **ended)]
    draft = finalize_invoice(invoice_id=make_draft(lines, customer=parisian).pk, at=STARTED_AT)
    gateway.control.fault("error_500", match={"path": "/v1/tax/calculations"}, times=1)

    ask_tax(invoice_id=draft.pk, at=STARTED_AT)

    draft.refresh_from_db()
    assert set(draft.tax_facts) & {"answer", "refusal"} == {"refusal"}
