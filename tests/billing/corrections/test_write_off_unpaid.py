from __future__ import annotations

import pytest

from apps.billing.enums import CollectionStatus
from apps.billing.services.collection.collect import collect_invoice
from apps.billing.services.corrections.write_off_unpaid import write_off_unpaid_invoice
from apps.entitlements.enums import AccessLevel, AccessReason
from apps.entitlements.models import CustomerAccess
from apps.entitlements.services.set_access import set_access
from apps.invoices.enums import InvoiceStatus
from apps.invoices.models import Invoice
from apps.ledger.selectors import trial_balance
from apps.payments.enums import PaymentStatus
from tests.factories.billing import STARTED_AT
from tests.factories.payments import case_of, make_unpaid_invoice
from tests.fixtures.gateway import GatewaySandbox

pytestmark = pytest.mark.real_commits


def test_written_off_invoice_is_collected_no_more_and_gives_access_back(gateway: GatewaySandbox) -> None:
    invoice = make_unpaid_invoice(gateway, behaviour="insufficient_funds")
    collect_invoice(invoice_id=invoice.pk, at=STARTED_AT)
    set_access(
        customer_id=invoice.customer_id,
        level=AccessLevel.READ_ONLY,
        reason=AccessReason.PAYMENT_OVERDUE,
        at=STARTED_AT,
    )

    write_off_unpaid_invoice(invoice_id=invoice.pk, at=STARTED_AT, reason="Moved away")

    case = case_of(invoice)
    assert (case.status, case.next_attempt_at) == (CollectionStatus.EXHAUSTED, None)
    assert CustomerAccess.objects.get(customer=invoice.customer).level == AccessLevel.FULL


def test_customer_may_pay_what_was_written_off(gateway: GatewaySandbox) -> None:
    invoice = make_unpaid_invoice(gateway)
    write_off_unpaid_invoice(invoice_id=invoice.pk, at=STARTED_AT, reason="Moved away")

    payment = collect_invoice(invoice_id=invoice.pk, at=STARTED_AT)

    assert payment.status == PaymentStatus.SUCCEEDED
    assert Invoice.objects.get(pk=invoice.pk).status == InvoiceStatus.PAID
    assert case_of(invoice).status == CollectionStatus.SETTLED
    rows = trial_balance(brand_id=invoice.brand_id, livemode=False)
    assert {row.account_code: row.balance_minor for row in rows if row.balance_minor} == {
        "gateway_clearing": 2900,
        "deferred_revenue": -2900,
    }
