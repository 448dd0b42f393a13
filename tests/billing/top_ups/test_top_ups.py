"""Prepaid credit is billed as money, and is the customer's once it is paid."""

from __future__ import annotations

from datetime import timedelta

import pytest

from apps.billing.services.corrections.regenerate import regenerate_invoice
from apps.billing.services.subscriptions.cancel import cancel_now
from apps.billing.services.top_ups.bill_top_ups import bill_top_ups, invoice_top_up
from apps.billing.services.top_ups.settle_top_ups import settle_top_ups
from apps.customers.models import Customer
from apps.invoices.enums import Disposition, InvoiceStatus
from apps.invoices.errors import CreditRefused, InvoiceRefused
from apps.invoices.models import Invoice
from apps.invoices.services.apply_payment import apply_payment
from apps.invoices.services.plan_credit import CreditItem, plan_credit
from apps.invoices.services.void import void_invoice
from apps.invoices.services.write_off import write_off
from apps.ledger.selectors import account_balance
from apps.promos.services.redeem import redeem_coupon
from apps.taxes.enums import Scheme
from apps.taxes.models import TaxRegistration
from apps.wallets.enums import TopUpReason, TopUpStatus
from apps.wallets.models import TopUpIntent, Wallet
from apps.wallets.services.request_top_up import request_top_up
from tests.factories.billing import REAL_TIME, STARTED_AT, subscribe_to
from tests.factories.customers import make_customer
from tests.factories.promos import make_percent_coupon
from tests.factories.wallets import make_wallet

pytestmark = pytest.mark.django_db


@pytest.fixture
def wallet() -> Wallet:
    return make_wallet(customer=make_customer())


def asked(wallet: Wallet) -> TopUpIntent:
    return request_top_up(wallet_id=wallet.pk, amount_minor=5000, at=STARTED_AT)


def billed(wallet: Wallet) -> Invoice:
    invoice = invoice_top_up(top_up_id=asked(wallet).pk, at=STARTED_AT)
    assert invoice is not None
    return invoice


def books(customer: Customer, code: str) -> int:
    return account_balance(brand_id=customer.brand_id, livemode=False, account_code=code, currency="EUR")


def test_top_up_is_billed_once_without_tax_and_discount(wallet: Wallet) -> None:
    brand = wallet.brand
    TaxRegistration.objects.create(
        brand=brand,
        country="DE",
        scheme=Scheme.VAT,
        number="DE1",
        valid_from="2020-01-01",
        created_at=STARTED_AT,
    )
    redeem_coupon(customer=wallet.customer, code=make_percent_coupon(brand=brand).code, at=STARTED_AT)
    asked(wallet)

    assert bill_top_ups(scope=REAL_TIME, at=STARTED_AT) == 1
    assert bill_top_ups(scope=REAL_TIME, at=STARTED_AT) == 0

    invoice = Invoice.objects.get()
    assert (invoice.status, invoice.total_minor, invoice.tax_minor) == (InvoiceStatus.OPEN, 5000, 0)
    assert books(wallet.customer, "prepaid_orders") == -5000
    assert books(wallet.customer, "revenue") == 0


def test_rule_buys_nothing_for_a_customer_who_has_left(wallet: Wallet) -> None:
    subscription = subscribe_to(customer=wallet.customer).subscription
    by_rule = asked(wallet)
    TopUpIntent.objects.filter(pk=by_rule.pk).update(reason=TopUpReason.THRESHOLD)
    left_at = STARTED_AT + timedelta(days=3)
    cancel_now(subscription_id=subscription.pk, reason="other", comment="", at=left_at)

    assert invoice_top_up(top_up_id=by_rule.pk, at=left_at) is None

    by_rule.refresh_from_db()
    assert (by_rule.status, by_rule.reference_id) == (TopUpStatus.FAILED, "")
    assert not Invoice.objects.filter(lines__kind="top_up").exists()
    wanted = invoice_top_up(top_up_id=asked(wallet).pk, at=STARTED_AT + timedelta(days=4))
    assert wanted is not None
    assert wanted.total_minor == 5000


def test_credit_is_the_customers_once_it_is_paid(wallet: Wallet) -> None:
    invoice = billed(wallet)
    assert settle_top_ups(scope=REAL_TIME, at=STARTED_AT) == 0

    apply_payment(invoice_id=invoice.pk, amount_minor=5000, at=STARTED_AT, payment_id="pay_1")

    assert settle_top_ups(scope=REAL_TIME, at=STARTED_AT) == 1
    wallet.refresh_from_db()
    assert wallet.balance_minor == 5000
    assert (books(wallet.customer, "prepaid_orders"), books(wallet.customer, "customer_credit")) == (0, -5000)
    assert settle_top_ups(scope=REAL_TIME, at=STARTED_AT) == 0


def test_voided_invoice_gives_the_top_up_up(wallet: Wallet) -> None:
    invoice = billed(wallet)

    void_invoice(invoice_id=invoice.pk, at=STARTED_AT, reason="x")
    settle_top_ups(scope=REAL_TIME, at=STARTED_AT)

    assert TopUpIntent.objects.get().status == TopUpStatus.FAILED
    wallet.refresh_from_db()
    assert (wallet.balance_minor, books(wallet.customer, "prepaid_orders")) == (0, 0)


def test_sold_credit_is_not_drafted_anew(wallet: Wallet) -> None:
    invoice = billed(wallet)

    with pytest.raises(InvoiceRefused, match="sells prepaid credit"):
        regenerate_invoice(invoice_id=invoice.pk, reason="x", at=STARTED_AT)

    invoice.refresh_from_db()
    assert invoice.status == InvoiceStatus.OPEN


def test_sold_credit_is_neither_credited_nor_written_off(wallet: Wallet) -> None:
    invoice = billed(wallet)
    line = invoice.lines.get()

    with pytest.raises(CreditRefused, match="voiding its grant"):
        plan_credit(
            invoice=invoice,
            items=[CreditItem(line.pk, amount_minor=100)],
            disposition=Disposition.BALANCE,
        )
    with pytest.raises(InvoiceRefused, match="void it"):
        write_off(invoice_id=invoice.pk, at=STARTED_AT, reason="x")
