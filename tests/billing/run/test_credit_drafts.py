"""What is unused of a fee whose draft waits for its tax: that draft bills so much less."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from apps.billing.services.subscriptions.change_plan import ChangeRequest, change_plan
from apps.billing.services.subscriptions.pause import pause, resume
from apps.customers.models import Customer
from apps.invoices.enums import InvoiceStatus, TaxStatus
from apps.invoices.models import CreditNote, Invoice
from apps.invoices.services.finalize import finalize_invoice
from apps.ledger.models import Transaction
from apps.plans.policies import Timing
from apps.promos.services.redeem import redeem_coupon
from apps.subscriptions.enums import UnusedPart
from apps.subscriptions.models import Subscription
from apps.taxes.models import TaxRate
from apps.wallets.selectors import balance_of
from tests.billing.subscriptions.test_stop_with_credit import MIDDLE, START, bill, end, lines_of, plan_of
from tests.factories.billing import subscribe_to, utc
from tests.factories.customers import make_brand, make_customer
from tests.factories.promos import make_percent_coupon
from tests.factories.taxes import make_registration

pytestmark = pytest.mark.django_db


def nowhere() -> Customer:
    """A customer whose country nobody knows, of a brand that collects German VAT."""
    brand = make_brand(country="DE", default_time_zone="UTC")
    make_registration(brand, "DE")
    TaxRate.objects.get_or_create(
        country="DE",
        tax_code="standard",
        valid_from=date(2021, 1, 1),
        defaults={"percent": Decimal(19), "created_at": START},
    )
    return make_customer(brand=brand, country="")


def waiting(customer: Customer, **policies: str) -> Subscription:
    made = subscribe_to(plan_of(**policies), at=START, customer=customer)
    assert [(draft.status, draft.tax_status) for draft in made.invoices] == [("draft", "waiting")]
    return made.subscription


def issued(draft: Invoice, customer: Customer) -> Invoice:
    """The draft, once it is known that the customer is German."""
    Customer.objects.filter(pk=customer.pk).update(country="DE")
    return finalize_invoice(invoice_id=draft.pk, at=MIDDLE)


@pytest.mark.parametrize("where", [UnusedPart.CREDIT_NOTE, UnusedPart.REFUND, UnusedPart.SAME_INVOICE])
def test_end_takes_the_unused_part_off_the_draft_that_waits(where: UnusedPart) -> None:
    customer = nowhere()
    subscription = waiting(customer)
    draft = Invoice.objects.get()

    assert end(subscription, unused_part=where) == []
    draft.refresh_from_db()

    assert (lines_of(draft), draft.total_minor) == ([("recurring", 3000), ("credit", -1500)], 1500)
    assert (draft.status, draft.tax_status) == (InvoiceStatus.DRAFT, TaxStatus.WAITING)
    assert not CreditNote.objects.exists()
    assert balance_of(customer.pk, "EUR") == 0


def test_tax_of_what_is_left_is_billed_when_the_draft_is_issued() -> None:
    customer = nowhere()
    end(waiting(customer), unused_part="credit_note")

    invoice = issued(Invoice.objects.get(), customer)

    assert (invoice.status, invoice.tax_minor, invoice.total_minor) == (InvoiceStatus.OPEN, 285, 1785)
    assert [line.tax_minor for line in invoice.lines.all()] == [570, -285]
    assert [(tax.taxable_minor, tax.tax_minor) for tax in invoice.taxes.all()] == [(1500, 285)]
    legs = Transaction.objects.get(reference_id=invoice.public_id).entries.all()
    assert sum(leg.amount_minor for leg in legs) == 0


def test_discount_of_what_is_unused_goes_with_it() -> None:
    customer = nowhere()
    code = make_percent_coupon("10", brand=customer.brand).code
    redeem_coupon(customer=customer, code=code, at=START)
    end(waiting(customer), unused_part="same_invoice")

    invoice = issued(Invoice.objects.get(), customer)

    assert [line.discount_minor for line in invoice.lines.all()] == [300, -150]
    assert (invoice.discount_minor, invoice.tax_minor, invoice.total_minor) == (150, 257, 1607)


def test_end_at_once_leaves_nothing_to_pay() -> None:
    customer = nowhere()
    end(waiting(customer), at=START, unused_part="refund")

    invoice = issued(Invoice.objects.get(), customer)

    assert (lines_of(invoice), invoice.total_minor) == ([("recurring", 3000), ("credit", -3000)], 0)
    assert (invoice.status, balance_of(customer.pk, "EUR")) == (InvoiceStatus.PAID, 0)


def test_change_takes_the_unused_part_off_the_draft_and_bills_the_new_plan() -> None:
    customer = nowhere()
    subscription = waiting(customer)
    request = ChangeRequest(plan_code=plan_of().code, timing=Timing.NOW)

    change_plan(subscription_id=subscription.pk, request=request, at=MIDDLE)

    first, second = Invoice.objects.order_by("pk")
    assert lines_of(first) == [("recurring", 3000), ("credit", -1500)]
    assert lines_of(second) == [("recurring", 1500)]
    assert issued(first, customer).total_minor + issued(second, customer).total_minor == 3570


def test_pause_and_end_of_one_instant_take_it_off_once() -> None:
    customer = nowhere()
    subscription = waiting(customer)
    pause(subscription_id=subscription.pk, at=MIDDLE)

    end(subscription, unused_part="refund")

    assert lines_of(Invoice.objects.get()) == [("recurring", 3000), ("credit", -1500)]


def test_fee_on_a_draft_is_not_billed_again_when_a_pause_gave_nothing_back() -> None:
    customer = nowhere()
    subscription = waiting(customer, pause="bill_used_part_now")

    paused = pause(subscription_id=subscription.pk, at=MIDDLE)
    resumed = resume(subscription_id=subscription.pk, at=utc(2026, 6, 20))

    assert (paused.invoices, resumed.invoices) == ([], [])
    assert lines_of(Invoice.objects.get()) == [("recurring", 3000)]


def test_draft_that_was_credited_is_not_billed_again_at_the_boundary() -> None:
    customer = nowhere()
    subscription = waiting(customer)
    end(subscription, unused_part="refund")

    assert bill(subscription, utc(2026, 7, 1)) == []
    assert Invoice.objects.count() == 1
