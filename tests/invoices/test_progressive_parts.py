"""Usage that was billed progressively and is taken back gives back what its progressive lines came to."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal

import pytest

from apps.customers.models import Customer
from apps.invoices.enums import Disposition, LineKind
from apps.invoices.models import Invoice, InvoiceLine
from apps.invoices.progressive_parts import progressive_parts
from apps.invoices.services.draft import Draft
from apps.invoices.services.finalize import finalize_draft
from apps.ledger.selectors import trial_balance
from apps.promos.services.redeem import redeem_coupon
from apps.taxes.models import TaxRate
from tests.factories.billing import STARTED_AT
from tests.factories.credit_notes import make_credit_note
from tests.factories.customers import make_customer
from tests.factories.invoices import make_draft, make_line
from tests.factories.promos import make_percent_coupon
from tests.factories.taxes import make_registration, ship_rates

pytestmark = pytest.mark.django_db

PERIOD = {"item_id": 7, "period_starts_at": STARTED_AT, "period_ends_at": STARTED_AT + timedelta(days=31)}


@pytest.fixture
def german() -> Customer:
    """A consumer in Germany of a brand that collects 19 % there."""
    customer = make_customer(country="DE")
    customer.brand.country = "DE"
    customer.brand.save(update_fields=["country"])
    make_registration(customer.brand, "DE")
    ship_rates()
    return customer


def once(customer: Customer, percent: str = "10", **terms: object) -> None:
    """A coupon; unless told otherwise, of one invoice."""
    coupon = make_percent_coupon(percent, brand=customer.brand, **terms)
    redeem_coupon(customer=customer, code=coupon.code, at=STARTED_AT)


def used(minor: int, kind: str = LineKind.USAGE, **fields: object) -> dict[str, object]:
    return make_line(minor, kind=kind, tax_code="standard", **PERIOD | fields)


def issued(
    customer: Customer, *lines: dict[str, object], before: int = 0, at: datetime = STARTED_AT
) -> Invoice:
    """An invoice of lines from which so much comes off that was billed before."""
    draft = make_draft(lines, customer=customer)
    owed = draft.subtotal_minor - before
    draft.progressive_credit_minor = before
    draft.total_minor, draft.balance_credited_minor = max(owed, 0), max(-owed, 0)
    draft.save()
    return finalize_draft(draft=Draft(draft, list(draft.lines.all())), at=at)


def back(invoice: Invoice, minor: int, position: int = 1) -> Invoice:
    """An invoice that takes back so much of a line of another one."""
    billed = invoice.lines.get(position=position)
    return issued(invoice.customer, used(-minor, credits_line=billed))


def worth(invoice: Invoice) -> int:
    return invoice.total_minor - invoice.balance_credited_minor


def test_usage_billed_early_at_a_discount_gives_back_what_was_billed_of_it(german: Customer) -> None:
    once(german, duration="forever")
    early = issued(german, used(10000, LineKind.PROGRESSIVE))
    bill = issued(german, used(15000), before=10000)

    taken = back(bill, 15000)

    assert (early.total_minor, bill.total_minor) == (10710, 5355)
    assert (taken.discount_minor, taken.tax_minor, taken.balance_credited_minor) == (-1500, -2565, 16065)
    assert sum(line.net_minor for line in InvoiceLine.objects.all()) == 0


def test_a_discount_of_the_early_invoice_alone_is_given_back_with_its_part_alone(german: Customer) -> None:
    once(german)
    issued(german, used(10000, LineKind.PROGRESSIVE))
    bill = issued(german, used(15000), before=10000)

    parts = [back(bill, minor) for minor in (5000, 3333, 3333, 3334)]

    assert [part.discount_minor for part in parts] == [0, -333, -334, -333]
    assert [part.tax_minor for part in parts] == [-950, -570, -570, -570]


def test_a_discount_of_the_bill_alone_leaves_the_early_part_at_its_full_price(german: Customer) -> None:
    issued(german, used(10000, LineKind.PROGRESSIVE))
    once(german)
    bill = issued(german, used(15000), before=10000)

    taken = back(bill, 15000)

    assert (taken.discount_minor, taken.balance_credited_minor) == (-500, 17255)


def test_usage_that_fell_below_what_was_billed_early_gives_back_less_its_discount(german: Customer) -> None:
    once(german)
    issued(german, used(10000, LineKind.PROGRESSIVE))

    bill = issued(german, used(6000), make_line(10000, tax_code="standard"), before=10000)
    taken = back(bill, 6000)

    # The fee bears no discount: the coupon was of one invoice. 40.00 less 10 % come back.
    assert [line.discount_minor for line in bill.lines.all()] == [-400, 0]
    assert bill.total_minor == (10000 - 3600) * 119 // 100
    assert (taken.discount_minor, taken.tax_minor, taken.balance_credited_minor) == (-600, -1026, 6426)


def test_a_lasting_coupon_takes_its_part_off_the_fee_beside_usage_that_fell(german: Customer) -> None:
    once(german, duration="forever")
    issued(german, used(10000, LineKind.PROGRESSIVE))

    bill = issued(german, used(6000), make_line(10000, tax_code="standard"), before=10000)

    assert [line.discount_minor for line in bill.lines.all()] == [-400, 1000]
    assert bill.total_minor == (9000 - 3600) * 119 // 100


def test_several_early_invoices_and_lines_are_given_back_to_the_last_unit(german: Customer) -> None:
    once(german, "33.3", duration="forever")
    issued(german, used(3333, LineKind.PROGRESSIVE))
    issued(german, used(7777, LineKind.PROGRESSIVE), before=3333)
    bill = issued(german, used(5555), used(3332), before=7777)

    for position, parts in ((1, (1111, 2222, 2222)), (2, (3332,))):
        for minor in parts:
            back(bill, minor, position)

    assert sum(worth(invoice) for invoice in Invoice.objects.all()) == 0
    books = {r.account_code: r.balance_minor for r in trial_balance(brand_id=german.brand_id, livemode=False)}
    assert (books["revenue"], books["tax_payable"]) == (0, 0)


def test_what_was_credited_of_an_early_invoice_is_not_left_to_be_taken_back(german: Customer) -> None:
    early = issued(german, used(10000, LineKind.PROGRESSIVE))
    bill = issued(german, used(15000), before=10000)
    make_credit_note(early.lines.get(), 3000, disposition=Disposition.BALANCE)

    (part,) = progressive_parts(bill.lines.all(), customer_id=german.pk).values()

    assert (part.amount_minor, part.discount_minor, part.taxes, part.left_minor) == (10000, 0, (1900,), 7000)


def test_early_usage_taxed_at_another_rate_gives_back_the_tax_that_it_bore(german: Customer) -> None:
    issued(german, used(10000, LineKind.PROGRESSIVE), at=STARTED_AT - timedelta(days=2))
    TaxRate.objects.filter(country="DE", tax_code="standard", valid_to=None).update(
        valid_to=STARTED_AT.date()
    )
    TaxRate.objects.create(
        country="DE",
        tax_code="standard",
        valid_from=STARTED_AT.date(),
        percent=Decimal(21),
        created_at=STARTED_AT,
    )
    bill = issued(german, used(15000), before=10000)

    assert bill.tax_minor == 1050
    assert back(bill, 15000).tax_minor == -(1050 + 1900)
