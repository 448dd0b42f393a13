from __future__ import annotations

import pytest

from apps.billing.services.collection.collect_due import collect_due
from apps.billing.services.statements.match_lines import match_lines
from apps.billing.services.statements.pay_from_line import pay_from_line
from apps.core import clock
from apps.invoices.models import Invoice
from apps.ledger.models import Entry
from apps.payments.enums import BankLineStatus
from apps.payments.errors import ReceivedPaymentRefused, StatementLineMatched, StatementUnreadable
from apps.payments.models import BankStatementLine, GatewayPayout, ReceivedPayment
from apps.payments.services.import_statement import import_statement
from apps.payments.services.reconcile import reconcile
from apps.wallets.selectors import balance_of
from tests.factories.billing import STARTED_AT
from tests.factories.customers import make_customer
from tests.factories.invoices import issue_invoice
from tests.factories.payments import case_of, make_unpaid_invoice
from tests.fixtures.gateway import GatewaySandbox

pytestmark = pytest.mark.django_db
HEAD = "date,amount,currency,reference\n"


def line_of(invoice: Invoice, row: str) -> BankStatementLine:
    """The line of a statement of the invoice's brand, imported and, where that can be, matched."""
    brand, mode = invoice.brand, invoice.livemode
    import_statement(brand=brand, livemode=mode, content=(HEAD + row).encode(), at=clock.now())
    match_lines(brand_id=brand.pk, livemode=mode, at=clock.now())
    return BankStatementLine.objects.latest("pk")


def test_transfer_with_number_and_amount_pays_the_invoice() -> None:
    invoice = issue_invoice(1000, customer=make_customer())

    line = line_of(invoice, f"2026-01-05,{invoice.due_minor / 100:.2f},EUR,Thanks {invoice.number} Ada")

    invoice.refresh_from_db()
    assert (invoice.status, line.status) == ("paid", BankLineStatus.MATCHED)
    assert line.received_payment == ReceivedPayment.objects.get()
    assert match_lines(brand_id=invoice.brand_id, livemode=False, at=clock.now()) == 0


@pytest.mark.parametrize(
    ("amount", "reference"),
    [("9.99", "{number}"), ("10.00", "{number}9"), ("10.00", "X{number}"), ("10.00", "no number")],
)
def test_other_amount_or_number_waits_for_staff(amount: str, reference: str) -> None:
    invoice = issue_invoice(1000, customer=make_customer())

    line = line_of(invoice, f"2026-01-05,{amount},EUR,{reference.format(number=invoice.number)}")

    invoice.refresh_from_db()
    assert (invoice.status, line.status) == ("open", BankLineStatus.UNMATCHED)


def test_same_file_twice_is_imported_once() -> None:
    customer = make_customer()
    content = (HEAD + "2026-01-05,5.00,EUR,a\n2026-01-06,-1.00,EUR,b\n").encode()

    counts = [
        import_statement(brand=customer.brand, livemode=False, content=content, at=clock.now())
        for _ in range(2)
    ]

    assert counts == [2, 0]


def test_file_with_one_wrong_line_leaves_nothing() -> None:
    content = (HEAD + "2026-01-05,5.00,EUR,a\n2026-01-06,x,EUR,b\n").encode()

    with pytest.raises(StatementUnreadable):
        import_statement(brand=make_customer().brand, livemode=False, content=content, at=clock.now())
    assert BankStatementLine.objects.count() == 0


def test_line_goes_to_the_balance_once() -> None:
    invoice = issue_invoice(1000, customer=make_customer())
    line = line_of(invoice, "2026-01-05,12.34,EUR,who is it")
    customer = invoice.customer

    pay_from_line(line_id=line.pk, customer=customer, invoice_ids=[], at=STARTED_AT)
    with pytest.raises(StatementLineMatched):
        pay_from_line(line_id=line.pk, customer=customer, invoice_ids=[], at=STARTED_AT)

    assert balance_of(customer_id=customer.pk, currency="EUR") == 1234
    assert ReceivedPayment.objects.get().amount_minor == 1234


def test_line_of_another_brand_is_refused() -> None:
    line = line_of(issue_invoice(1000, customer=make_customer()), "2026-01-05,12.34,EUR,x")

    with pytest.raises(ReceivedPaymentRefused):
        pay_from_line(line_id=line.pk, customer=make_customer(), invoice_ids=[], at=STARTED_AT)


def test_payout_arrives_at_the_bank(gateway: GatewaySandbox) -> None:
    invoice = make_unpaid_invoice(gateway)
    collect_due(case_id=case_of(invoice).pk, at=STARTED_AT)
    gateway.control.pay_out()
    reconcile(gateway="stripe", at=clock.now())
    payout = GatewayPayout.objects.get()

    line = line_of(invoice, f"{payout.arrives_on},27.86,EUR,STRIPE PAYOUT")

    by_code = {
        code: sum(Entry.objects.filter(account__code=code).values_list("amount_minor", flat=True))
        for code in ("bank", "bank_in_transit")
    }
    assert (line.payout, line.status) == (payout, BankLineStatus.MATCHED)
    assert by_code == {"bank": 2786, "bank_in_transit": 0}
