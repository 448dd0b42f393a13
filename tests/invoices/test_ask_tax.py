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
from tests.factories.billing import REAL_TIME, STARTED_AT
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
