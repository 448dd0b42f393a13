"""What settles an invoice without a charge also ends its collecting."""

from __future__ import annotations

import pytest

from apps.billing.enums import CollectionStatus
from apps.billing.services.collection.collect import charge_attempt
from apps.billing.services.collection.collect_due import collect_due
from apps.billing.services.collection.pay_from_balance import pay_from_balance
from apps.billing.services.corrections.credit_invoice import credit_invoice
from apps.core import clock
from apps.entitlements.enums import AccessLevel
from apps.entitlements.selectors import access_of
from apps.invoices.enums import CreditReason, Disposition, InvoiceStatus
from apps.invoices.errors import InvoiceRefused
from apps.invoices.models import CreditNote, Invoice
from apps.invoices.services.plan_credit import CreditItem
from apps.ledger.models import Entry
from apps.payments.models import Payment
from apps.payments.services.open_attempt import open_attempt
from apps.subscriptions.enums import SubscriptionStatus
from apps.subscriptions.models import Subscription
from apps.wallets.selectors import balance_of
from apps.wallets.services.adjust import adjust_balance
from tests.factories.billing import STARTED_AT, utc
from tests.factories.credit_notes import make_credit_note
from tests.factories.payments import case_of, make_unpaid_invoice
from tests.fixtures.gateway import GatewaySandbox

pytestmark = pytest.mark.django_db

LATER = utc(2026, 2, 1)


def credit(
    invoice: Invoice, amount: int, disposition: Disposition = Disposition.AUTOMATIC
) -> CreditNote | None:
    return credit_invoice(
        invoice_id=invoice.pk,
        items=[CreditItem(invoice.lines.get().pk, amount_minor=amount)],
        reason=CreditReason.OTHER,
        disposition=disposition,
        at=LATER,
    )


def give(invoice: Invoice, amount: int) -> None:
    adjust_balance(customer=invoice.customer, currency="EUR", amount_minor=amount, note="Gift", at=LATER)


def test_declined_invoice_that_is_credited_lets_the_subscription_recover(gateway: GatewaySandbox) -> None:
    invoice = make_unpaid_invoice(gateway, behaviour="insufficient_funds")
    collect_due(case_id=case_of(invoice).pk, at=STARTED_AT)
    assert Subscription.objects.get().status == SubscriptionStatus.PAST_DUE

    credit(invoice, 2900)

    invoice.refresh_from_db()
    assert (invoice.status, case_of(invoice).status) == (InvoiceStatus.PAID, CollectionStatus.SETTLED)
    assert Subscription.objects.get().status == SubscriptionStatus.ACTIVE


def test_charge_after_a_credit_is_what_is_still_due(gateway: GatewaySandbox) -> None:
    invoice = make_unpaid_invoice(gateway)
    credit(invoice, 900)
    give(invoice, 500)
    pay_from_balance(invoice_id=invoice.pk, key="a", at=LATER)

    collect_due(case_id=case_of(invoice).pk, at=LATER)

    invoice.refresh_from_db()
    assert (invoice.status, invoice.paid_minor, invoice.due_minor) == (InvoiceStatus.PAID, 1500, 0)
    assert Payment.objects.get().amount_minor == 1500


def test_payment_under_way_keeps_what_is_due(gateway: GatewaySandbox) -> None:
    invoice = make_unpaid_invoice(gateway)
    open_attempt(invoice_id=invoice.pk, at=STARTED_AT, sent_at=clock.now())
    give(invoice, 500)

    with pytest.raises(InvoiceRefused):
        credit(invoice, 900)
    with pytest.raises(InvoiceRefused):
        pay_from_balance(invoice_id=invoice.pk, key="a", at=LATER)

    invoice.refresh_from_db()
    assert (invoice.due_minor, balance_of(invoice.customer_id, "EUR")) == (2900, 500)
    # What goes to the balance does not touch what is being charged.
    assert credit(invoice, 900, Disposition.BALANCE) is not None


def test_balance_that_pays_all_ends_the_collecting(gateway: GatewaySandbox) -> None:
    invoice = make_unpaid_invoice(gateway)
    give(invoice, 3000)

    paid = pay_from_balance(invoice_id=invoice.pk, key="a", at=LATER)

    assert (paid.status, paid.balance_applied_minor) == (InvoiceStatus.PAID, 2900)
    assert case_of(invoice).status == CollectionStatus.SETTLED
    assert not Payment.objects.exists()


def test_credit_of_part_goes_on_collecting(gateway: GatewaySandbox) -> None:
    invoice = make_unpaid_invoice(gateway)

    credit(invoice, 100)

    assert case_of(invoice).status == CollectionStatus.DUE


def test_money_beyond_what_a_credit_left_due_goes_to_the_balance(gateway: GatewaySandbox) -> None:
    invoice = make_unpaid_invoice(gateway)
    payment = open_attempt(invoice_id=invoice.pk, at=STARTED_AT, sent_at=clock.now())
    credit_meanwhile(invoice, 900)

    charge_attempt(payment=payment, at=LATER)

    invoice.refresh_from_db()
    assert (invoice.status, invoice.paid_minor, invoice.credited_minor) == (InvoiceStatus.PAID, 2000, 900)
    assert balance_of(invoice.customer_id, "EUR") == 900
    assert case_of(invoice).status == CollectionStatus.SETTLED
    receivable = Entry.objects.filter(account__code="receivable")
    assert sum(receivable.values_list("amount_minor", flat=True)) == 0


def test_failure_of_an_attempt_whose_invoice_was_credited_meanwhile_is_not_tried_again(
    gateway: GatewaySandbox,
) -> None:
    invoice = make_unpaid_invoice(gateway, behaviour="insufficient_funds")
    payment = open_attempt(invoice_id=invoice.pk, at=STARTED_AT, sent_at=clock.now())
    credit_meanwhile(invoice, 2900)

    charge_attempt(payment=payment, at=LATER)

    assert case_of(invoice).status == CollectionStatus.SETTLED
    assert Subscription.objects.get().status == SubscriptionStatus.ACTIVE


@pytest.mark.parametrize("behaviour", ["insufficient_funds", "expired_card"])
def test_invoice_that_a_change_credited_is_neither_charged_nor_given_up(
    gateway: GatewaySandbox, behaviour: str
) -> None:
    invoice = make_unpaid_invoice(gateway, behaviour=behaviour)
    collect_due(case_id=case_of(invoice).pk, at=STARTED_AT)
    credit_meanwhile(invoice, 2900)

    collect_due(case_id=case_of(invoice).pk, at=utc(2026, 3, 1))

    assert case_of(invoice).status == CollectionStatus.SETTLED
    assert Payment.objects.count() == 1
    assert Subscription.objects.get().status == SubscriptionStatus.ACTIVE
    assert access_of(invoice.customer_id) == AccessLevel.FULL


def credit_meanwhile(invoice: Invoice, amount: int) -> None:
    """As a change of plan does, which does not look at the collecting."""
    make_credit_note(invoice.lines.get(), amount, reason=CreditReason.PLAN_CHANGE)
