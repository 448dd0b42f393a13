"""What follows from the lines of a draft: discounts, credit, tax and totals; and what issuing it uses."""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime, timedelta
from decimal import Decimal
from random import Random

import pytest

from apps.core.models import ExchangeRate
from apps.customers.models import Customer
from apps.invoices.enums import CreditReason, Disposition, InvoiceStatus, TaxStatus
from apps.invoices.errors import CreditRefused
from apps.invoices.models import Invoice, InvoiceLine
from apps.invoices.services.add_up_draft import add_up_draft
from apps.invoices.services.credit import CreditItem, issue_credit_note
from apps.invoices.services.draft import Draft
from apps.invoices.services.finalize import finalize_draft, finalize_invoice
from apps.invoices.services.void import void_invoice
from apps.invoices.snapshot import credit_note_snapshot
from apps.ledger.selectors import trial_balance
from apps.promos.models import Coupon
from apps.promos.services.redeem import redeem_coupon
from apps.taxes.enums import Scheme
from apps.taxes.models import TaxRate, TaxRegistration
from apps.wallets.enums import GrantKind
from tests.factories.billing import STARTED_AT
from tests.factories.credit_notes import make_credit_note
from tests.factories.customers import make_customer
from tests.factories.invoices import make_draft, make_line
from tests.factories.manual_lines import make_one_off, manual
from tests.factories.promos import make_fixed_coupon, make_percent_coupon
from tests.factories.taxes import make_registration, ship_rates
from tests.factories.wallets import make_grant, make_wallet

pytestmark = pytest.mark.django_db


@pytest.fixture
def german() -> Customer:
    """A consumer in Germany of a brand that collects German VAT."""
    customer = make_customer(country="DE")
    customer.brand.country = "DE"
    customer.brand.save(update_fields=["country"])
    TaxRegistration.objects.create(
        brand=customer.brand,
        country="DE",
        scheme=Scheme.VAT,
        number="DE123456789",
        valid_from=date(2020, 1, 1),
        created_at=STARTED_AT,
    )
    TaxRate.objects.get_or_create(
        country="DE",
        tax_code="standard",
        valid_from=date(2021, 1, 1),
        defaults={"percent": Decimal(19), "created_at": STARTED_AT},
    )
    return customer


def raise_rate(percent: Decimal) -> None:
    """Another rate from the day of the tests on."""
    today = STARTED_AT.date()
    TaxRate.objects.filter(country="DE", tax_code="standard", valid_to=None).update(valid_to=today)
    TaxRate.objects.create(
        country="DE", tax_code="standard", valid_from=today, percent=percent, created_at=STARTED_AT
    )


def redeemed(coupon: Coupon, customer: Customer) -> None:
    redeem_coupon(customer=customer, code=coupon.code, at=STARTED_AT)


def issued(
    customer: Customer, *lines: dict[str, object], currency: str = "EUR", at: datetime = STARTED_AT
) -> Invoice:
    draft = make_draft(lines, customer=customer, currency=currency)
    return finalize_draft(draft=Draft(draft, list(draft.lines.all())), at=at)


def taxed(amount_minor: int, **fields: object) -> dict[str, object]:
    return make_line(amount_minor, tax_code="standard", **fields)


def test_coupon_then_tax_then_prepaid_credit(german: Customer) -> None:
    redeemed(make_percent_coupon("25", brand=german.brand), german)
    wallet = make_wallet(customer=german)
    make_grant(1000, wallet=wallet, kind=GrantKind.PROMOTIONAL)
    make_grant(3000, wallet=wallet, kind=GrantKind.PREPAID)

    invoice = issued(german, taxed(10000))

    # 100.00 - 25.00 coupon - 10.00 credit = 65.00; + 19 % = 12.35; 77.35 - 30.00 prepaid = 47.35.
    assert (invoice.subtotal_minor, invoice.discount_minor, invoice.tax_minor) == (10000, 3500, 1235)
    assert (invoice.total_minor, invoice.prepaid_applied_minor, invoice.due_minor) == (7735, 3000, 4735)
    assert [(d.source, d.amount_minor) for d in invoice.discounts.all()] == [
        ("coupon", 2500),
        ("promotional_credit", 1000),
    ]
    (tax,) = invoice.taxes.all()
    assert (tax.category, tax.jurisdiction, tax.percent) == ("S", "DE", 19)
    assert (tax.taxable_minor, tax.tax_minor, tax.registration) == (6500, 1235, "DE123456789")
    assert invoice.tax_facts["location"]["country"] == "DE"
    wallet.refresh_from_db()
    assert wallet.balance_minor == 0


def test_gross_prices_contain_their_tax(german: Customer) -> None:
    invoice = issued(german, taxed(11900, tax_included=True), taxed(1000))

    # 119.00 holds 19.00; 10.00 gets 1.90 on top.
    assert (invoice.subtotal_minor, invoice.tax_minor, invoice.tax_included_minor) == (12900, 2090, 1900)
    assert invoice.total_minor == 13090
    assert [line.net_minor for line in invoice.lines.all()] == [10000, 1000]


def test_draft_without_an_answer_waits_and_is_never_at_zero_percent(german: Customer) -> None:
    german.country = ""
    german.save(update_fields=["country"])
    draft = make_draft([taxed(10000)], customer=german)

    waiting = finalize_invoice(invoice_id=draft.pk, at=STARTED_AT)

    assert (waiting.status, waiting.tax_status) == (InvoiceStatus.DRAFT, TaxStatus.WAITING)
    assert "has no country" in waiting.tax_problem
    assert waiting.number is None
    german.country = "DE"
    german.save(update_fields=["country"])
    final = finalize_invoice(invoice_id=draft.pk, at=STARTED_AT)
    assert (final.status, final.tax_minor, final.total_minor) == (InvoiceStatus.OPEN, 1900, 11900)


def test_draft_that_waited_is_issued_when_the_brand_is_registered_nowhere_any_more(german: Customer) -> None:
    german.country = ""
    german.save(update_fields=["country"])
    draft = make_draft([taxed(10000)], customer=german)
    finalize_invoice(invoice_id=draft.pk, at=STARTED_AT)
    TaxRegistration.objects.filter(brand=german.brand).delete()

    final = finalize_invoice(invoice_id=draft.pk, at=STARTED_AT)

    assert (final.status, final.tax_status, final.tax_problem) == (
        InvoiceStatus.OPEN,
        TaxStatus.NOT_NEEDED,
        "",
    )


def test_discount_of_a_line_that_is_gone_stands_nowhere(german: Customer) -> None:
    redeemed(make_percent_coupon("25", brand=german.brand), german)
    draft = make_one_off(manual("100"), customer=german)
    draft.lines.all().delete()
    InvoiceLine.objects.create(invoice=draft, position=1, **taxed(20000))

    add_up_draft(invoice=draft, at=STARTED_AT)

    assert draft.discount_minor == 5000
    assert [row.amount_minor for row in draft.discounts.all()] == [5000]


def test_parts_of_a_line_never_give_back_more_of_one_of_its_taxes() -> None:
    customer = make_customer(country="IN", region="KA", currency="INR")
    customer.brand.country = "IN"
    customer.brand.save(update_fields=["country"])
    make_registration(customer.brand, "IN", Scheme.GST, region="KA", number="29ABCDE1234F1Z5")
    TaxRate.objects.get_or_create(
        country="IN",
        tax_code="standard",
        valid_from=date(2017, 7, 1),
        defaults={"percent": Decimal(18), "kind": "gst", "name": "GST", "created_at": STARTED_AT},
    )
    invoice = issued(customer, taxed(1000), currency="INR")
    line = invoice.lines.get()

    given = [
        [each["minor"] for each in note.lines.get().taxes]
        for amount in (150, 150, 150, 150, 150, 150, 100)
        if (
            note := issue_credit_note(
                invoice_id=invoice.pk,
                items=[CreditItem(line.pk, amount_minor=amount)],
                reason=CreditReason.OTHER,
                disposition=Disposition.BALANCE,
                at=STARTED_AT,
            )
        )
    ]

    # 27 and at last 18 of tax for each part; CGST and SGST of 90 each come back whole, neither more nor less.
    assert [sum(parts) for parts in given] == [27, 27, 27, 27, 27, 27, 18]
    assert [sum(parts) for parts in zip(*given, strict=True)] == [90, 90]


def test_void_gives_coupons_and_credit_back(german: Customer) -> None:
    redeemed(make_fixed_coupon(1500, brand=german.brand), german)
    wallet = make_wallet(customer=german)
    make_grant(1000, wallet=wallet, kind=GrantKind.PROMOTIONAL)
    first = issued(german, taxed(10000))

    void_invoice(invoice_id=first.pk, at=STARTED_AT, reason="x")

    wallet.refresh_from_db()
    assert wallet.balance_minor == 1000
    again = issued(german, taxed(10000))
    assert again.discount_minor == first.discount_minor == 2500


def test_fixed_coupon_spills_over_to_the_next_invoice(german: Customer) -> None:
    redeemed(make_fixed_coupon(15000, brand=german.brand), german)

    first, second = issued(german, taxed(10000)), issued(german, taxed(10000))

    assert (first.discount_minor, first.total_minor, first.status) == (10000, 0, InvoiceStatus.PAID)
    assert (second.discount_minor, second.tax_minor, second.total_minor) == (5000, 950, 5950)


def test_line_that_takes_back_follows_discount_and_tax_of_what_was_billed(german: Customer) -> None:
    redeemed(make_percent_coupon("10", brand=german.brand), german)
    first = issued(german, taxed(10000))
    billed = first.lines.get()
    raise_rate(Decimal(25))

    second = issued(german, taxed(-5000, credits_line=billed, kind="credit"))

    # Half of 100.00 - 10.00 with 19 %, whatever the rate is by now.
    (line,) = second.lines.all()
    assert (line.amount_minor, line.discount_minor, line.tax_minor) == (-5000, -500, -855)
    assert (second.total_minor, second.balance_credited_minor) == (0, 5355)


def progressive(customer: Customer) -> InvoiceLine:
    """Usage of 150.00 of which 100.00 were billed before: the rest less 10 % is 45.00, and 8.55 of tax."""
    redeemed(make_percent_coupon("10", brand=customer.brand), customer)
    draft = make_draft([taxed(15000, kind="usage")], customer=customer)
    draft.progressive_credit_minor, draft.total_minor = 10000, 5000
    draft.save(update_fields=["progressive_credit_minor", "total_minor"])
    line = finalize_invoice(invoice_id=draft.pk, at=STARTED_AT).lines.get()
    assert (line.discount_minor, line.tax_minor) == (500, 855)
    return line


def test_only_what_its_own_invoice_billed_of_a_line_is_credited(german: Customer) -> None:
    line = progressive(german)
    items = [[CreditItem(line.pk, amount_minor=amount)] for amount in (5001, 2000, 3000)]
    given = {"invoice_id": line.invoice_id, "reason": CreditReason.OTHER, "at": STARTED_AT}

    with pytest.raises(CreditRefused, match=r"50\.00 EUR left"):
        issue_credit_note(items=items[0], **given)  # type: ignore[arg-type]
    notes = [issue_credit_note(items=rest, **given) for rest in items[1:]]  # type: ignore[arg-type]

    assert [(note.discount_minor, note.tax_minor) for note in notes if note] == [(200, 342), (300, 513)]
    assert Invoice.objects.get(pk=line.invoice_id).status == InvoiceStatus.PAID


@pytest.mark.parametrize(("amount", "discount"), [(2000, 200), (5000, 500), (15000, 500)])
def test_discount_is_taken_back_in_the_part_that_was_discounted(
    german: Customer, amount: int, discount: int
) -> None:
    billed = progressive(german)

    back = issued(german, taxed(-amount, credits_line=billed, kind="usage"))

    assert back.discount_minor == -discount


def test_credit_note_tells_its_taxes_apart(german: Customer) -> None:
    invoice = issued(german, taxed(10000), taxed(11900, tax_included=True))
    first, second = invoice.lines.all()

    note = issue_credit_note(
        invoice_id=invoice.pk,
        items=[CreditItem(first.pk, amount_minor=5000), CreditItem(second.pk, amount_minor=5950)],
        reason=CreditReason.OTHER,
        disposition=Disposition.BALANCE,
        at=STARTED_AT,
    )

    assert note is not None
    assert (note.subtotal_minor, note.tax_minor, note.tax_included_minor) == (10950, 1900, 950)
    assert note.total_minor == 11900
    (tax,) = note.taxes.all()
    assert (tax.taxable_minor, tax.tax_minor, tax.percent) == (10000, 1900, 19)


def test_books_balance_after_discount_tax_credit_and_void(german: Customer) -> None:
    redeemed(make_percent_coupon("10", brand=german.brand), german)
    make_grant(3000, wallet=make_wallet(customer=german), kind=GrantKind.PREPAID)
    kept = issued(german, taxed(10000), taxed(11900, tax_included=True))
    issue_credit_note(
        invoice_id=kept.pk,
        items=[CreditItem(kept.lines.first().pk, amount_minor=5000)],  # type: ignore[union-attr]
        reason=CreditReason.OTHER,
        at=STARTED_AT,
    )
    voided = issued(german, taxed(5000))
    void_invoice(invoice_id=voided.pk, at=STARTED_AT, reason="x")

    rows = trial_balance(brand_id=german.brand_id, livemode=False)

    assert sum(row.balance_minor for row in rows) == 0


def test_tax_is_told_in_the_currency_of_its_place(german: Customer) -> None:
    ExchangeRate.objects.create(
        date=STARTED_AT.date(), base="USD", quote="EUR", rate=Decimal("0.92"), source="ECB"
    )

    invoice = issued(german, taxed(10000), currency="USD")

    # 19.00 USD x 0.92 = 17.48 EUR.
    assert invoice.tax_facts["local"] == {
        "currency": "EUR",
        "tax_minor": 1748,
        "rate": "0.92",
        "source": "ECB",
        "on": STARTED_AT.date().isoformat(),
    }


@pytest.mark.parametrize("taken_back_first", [True, False])
def test_only_the_tax_of_that_place_is_told_in_its_currency(german: Customer, taken_back_first: bool) -> None:
    billed = issued(german, taxed(10000)).lines.get()
    make_registration(german.brand, "GB")
    TaxRate.objects.get_or_create(
        country="GB",
        tax_code="standard",
        valid_from=date(2021, 1, 1),
        defaults={"percent": Decimal(20), "created_at": STARTED_AT},
    )
    ExchangeRate.objects.create(
        base="EUR", quote="GBP", date=STARTED_AT.date(), rate=Decimal("0.85"), source="HMRC"
    )
    german.country = "GB"
    german.save(update_fields=["country"])
    lines = [taxed(-5000, credits_line=billed), taxed(20000)]

    invoice = issued(german, *(lines if taken_back_first else reversed(lines)))
    note = make_credit_note(invoice.lines.get(amount_minor=20000), 10000)

    # 40.00 of British and -9.50 of German VAT: 34.00 GBP; half of the former comes back.
    assert (invoice.tax_minor, invoice.tax_facts["local"]["tax_minor"]) == (3050, 3400)
    assert note is not None
    assert credit_note_snapshot(note)["local_tax"]["tax_minor"] == 1700


def test_credit_note_names_the_buyer_whose_tax_it_gives_back(german: Customer) -> None:
    invoice = issued(german, taxed(10000))
    german.country = "US"
    german.save(update_fields=["country"])

    note = make_credit_note(invoice.lines.get(), 5000)

    assert (note.buyer, note.buyer["country"]) == (invoice.buyer, "DE")


def test_missing_or_old_exchange_rate_keeps_the_draft_waiting(german: Customer) -> None:
    ExchangeRate.objects.create(
        date=STARTED_AT.date() - timedelta(days=32), base="USD", quote="EUR", rate=1, source="ECB"
    )

    waiting = issued(german, taxed(10000), currency="USD")

    assert waiting.tax_status == TaxStatus.WAITING
    assert "exchange rate of USD" in waiting.tax_problem


def taken_back(customer: Customer, line: InvoiceLine, *parts: int, currency: str = "EUR") -> list[Invoice]:
    """Invoices of one line each that take parts of a billed line back."""
    terms = {"credits_line": line, "kind": "credit", "tax_included": line.tax_included}
    return [issued(customer, taxed(-part, **terms), currency=currency) for part in parts]


def test_ten_credits_of_a_tenth_give_back_the_discounted_line_to_the_cent() -> None:
    customer = make_customer()
    redeemed(make_percent_coupon("10", brand=customer.brand), customer)
    line = issued(customer, make_line(140)).lines.get()

    given = [each.balance_credited_minor for each in taken_back(customer, line, *[14] * 10)]

    # Ten times 14 less 1.4 cents: 126, and not ten times 13.
    assert (line.net_minor, sum(given), set(given)) == (126, 126, {12, 13})


def test_six_credits_of_a_sixth_give_back_just_the_discount_and_the_tax(german: Customer) -> None:
    redeemed(make_percent_coupon("50", brand=german.brand), german)
    invoice = issued(german, taxed(90))

    given = taken_back(german, invoice.lines.get(), *[15] * 6)

    assert (invoice.discount_minor, invoice.tax_minor, invoice.total_minor) == (45, 9, 54)
    assert sum(each.discount_minor for each in given) == -45
    assert sum(each.tax_minor for each in given) == -9
    assert sum(each.balance_credited_minor for each in given) == 54


def test_lines_of_one_draft_give_back_all_of_a_line_together(german: Customer) -> None:
    redeemed(make_percent_coupon("50", brand=german.brand), german)
    line = issued(german, taxed(90)).lines.get()
    back = {"credits_line": line, "kind": "credit"}

    invoice = issued(german, *[taxed(-15, **back) for _ in range(6)], taxed(3), taxed(3), taxed(3))

    lines = [each for each in invoice.lines.all() if each.credits_line_id]
    assert sum(each.discount_minor for each in lines) == -45
    assert sum(each.tax_minor for each in lines) == -9


def test_lines_of_a_draft_that_waits_are_given_back_when_it_is_issued(german: Customer) -> None:
    redeemed(make_percent_coupon("50", brand=german.brand), german)
    line = issued(german, taxed(90)).lines.get()
    waiting = make_draft([taxed(-45, credits_line=line, kind="credit")], customer=german)

    (first,) = taken_back(german, line, 45)
    second = finalize_invoice(invoice_id=waiting.pk, at=STARTED_AT)

    # Half of 45 cents of discount and of 8.55 cents of tax, billed as 9: what one rounds the other makes up.
    assert [(each.discount_minor, each.tax_minor) for each in (first, second)] == [(-23, -4), (-22, -5)]


def test_credit_note_takes_the_rest_that_negative_lines_left(german: Customer) -> None:
    redeemed(make_percent_coupon("50", brand=german.brand), german)
    invoice = issued(german, taxed(105))
    line = invoice.lines.get()
    taken = taken_back(german, line, 35, 35)

    note = make_credit_note(line, 35, disposition=Disposition.BALANCE)

    assert note.total_minor == invoice.total_minor - sum(each.balance_credited_minor for each in taken)
    assert note.discount_minor == invoice.discount_minor + sum(each.discount_minor for each in taken)
    assert note.tax_minor == invoice.tax_minor + sum(each.tax_minor for each in taken)


def test_small_credit_notes_never_give_back_more_than_was_billed() -> None:
    customer = make_customer()
    redeemed(make_percent_coupon("50", brand=customer.brand), customer)
    invoice = issued(customer, make_line(10))
    line = invoice.lines.get()

    notes = [
        issue_credit_note(
            invoice_id=invoice.pk,
            items=[CreditItem(line.pk, amount_minor=amount)],
            reason=CreditReason.OTHER,
            disposition=Disposition.BALANCE,
            at=STARTED_AT,
        )
        for amount in (1, 1, 1, 1, 1, 5)
    ]

    # Each cent is half a cent, rounded up, until the five cents that were paid are given back.
    assert [note.total_minor if note else 0 for note in notes] == [1, 1, 1, 1, 1, 0]


def indian(currency: str = "INR") -> Customer:
    customer = make_customer(country="IN", region="KA", currency=currency)
    customer.brand.country = "IN"
    customer.brand.save(update_fields=["country"])
    make_registration(customer.brand, "IN", Scheme.GST, region="KA", number="29ABCDE1234F1Z5")
    ship_rates()
    return customer


def test_negative_lines_give_back_each_of_two_taxes() -> None:
    customer = indian()
    line = issued(customer, taxed(1000), currency="INR").lines.get()

    given = [
        [each["minor"] for each in invoice.lines.get().taxes]
        for invoice in taken_back(customer, line, *[150] * 6, 100, currency="INR")
    ]

    assert [sum(parts) for parts in zip(*given, strict=True)] == [-90, -90]


@pytest.mark.parametrize("seed", range(12))
def test_all_of_a_line_taken_back_in_parts_is_what_was_billed(german: Customer, seed: int) -> None:
    random = Random(seed)
    raise_rate(Decimal(random.choice(["7", "19", "8.1", "20", "5.5"])))
    german.brand.tax_rounding = random.choice(["per_rate", "invoice_once", "per_line"])
    german.brand.save(update_fields=["tax_rounding"])
    redeemed(make_percent_coupon(str(random.choice([3, 10, 33, 50, 99])), brand=german.brand), german)
    invoice = issued(german, *(taxed(random.randint(1, 400), tax_included=random.random() < 0.5),) * 2)

    total = invoice.total_minor
    for line in invoice.lines.all():
        left, sums = line.amount_minor, Counter[str]()
        while left:
            part = random.randint(1, max(left // random.choice([1, 2, 7]), 1))
            left -= part
            # A note of nothing is none: what it was to give back is left to a negative line.
            if random.random() < 0.25 and (note := noted(invoice, line, part)):
                sums.update(note)
                continue
            (back,) = taken_back(german, line, part)
            assert back.discount_minor <= 0 >= back.tax_minor
            sums.update(discount=-back.discount_minor, tax=-back.tax_minor, total=back.balance_credited_minor)
        assert (sums["discount"], sums["tax"]) == (line.discount_minor, line.tax_minor)
        total -= sums["total"]
    assert total == 0


def noted(invoice: Invoice, line: InvoiceLine, part: int) -> dict[str, int]:
    """What a credit note gives back of a part of a line."""
    note = issue_credit_note(
        invoice_id=invoice.pk,
        items=[CreditItem(line.pk, amount_minor=part)],
        reason=CreditReason.OTHER,
        disposition=Disposition.BALANCE,
        at=STARTED_AT,
    )
    if note is None:
        return {}
    return {"discount": note.discount_minor, "tax": note.tax_minor, "total": note.total_minor}


def of_item(item_id: int, amount_minor: int, kind: str, **fields: object) -> dict[str, object]:
    """A line of an item's period that began with the tests."""
    return taxed(amount_minor, kind=kind, item_id=item_id, period_starts_at=STARTED_AT, **fields)


def billed_before(customer: Customer, credit_minor: int, *lines: dict[str, object]) -> list[int]:
    """What an invoice with that much progressive credit takes off each of its lines, in minor units."""
    draft = make_draft(lines, customer=customer)
    owed = draft.subtotal_minor - credit_minor
    draft.progressive_credit_minor = credit_minor
    draft.total_minor, draft.balance_credited_minor = max(owed, 0), max(-owed, 0)
    draft.save(update_fields=["progressive_credit_minor", "total_minor", "balance_credited_minor"])
    invoice = finalize_invoice(invoice_id=draft.pk, at=STARTED_AT)
    return [line.progressive_minor for line in invoice.lines.all()]


def test_what_was_billed_progressively_comes_off_the_item_that_it_was_of(german: Customer) -> None:
    first = billed_before(german, 0, of_item(1, 3000, "progressive"), of_item(2, 1000, "progressive"))
    second = billed_before(german, 4000, of_item(1, 3000, "progressive"), of_item(2, 6000, "progressive"))

    # 30.00 of the one and 60.00 of the other were billed; a fee of the first takes no part in it.
    last = billed_before(
        german, 9000, of_item(1, 3600, "usage"), of_item(1, 5000, "recurring"), of_item(2, 9000, "usage")
    )

    assert (first, second, last) == ([0, 0], [3000, 1000], [3000, 0, 6000])


def test_lines_of_an_item_share_what_was_billed_of_it_even_beyond_what_it_came_to(german: Customer) -> None:
    billed_before(german, 0, of_item(1, 3000, "progressive"), of_item(2, 1000, "progressive"))

    taken_off = billed_before(
        german, 4000, of_item(1, 500, "usage"), of_item(1, 1000, "usage"), of_item(2, 9000, "usage")
    )

    assert taken_off == [1000, 2000, 1000]


def test_what_was_billed_of_an_item_without_a_line_comes_off_the_rest_by_amount(german: Customer) -> None:
    billed_before(german, 0, of_item(1, 3000, "progressive"), of_item(2, 1000, "progressive"))

    taken_off = billed_before(german, 4000, of_item(1, 6000, "usage"), of_item(3, 9000, "usage"))

    # 30.00 of its own; the other 10.00 by 30.00 and 90.00 that are left.
    assert taken_off == [3250, 750]


def test_late_usage_of_a_period_that_was_billed_bears_nothing_twice(german: Customer) -> None:
    later = {"period_starts_at": STARTED_AT + timedelta(days=31)}
    billed_before(german, 0, of_item(1, 3000, "progressive"))
    billed_before(german, 3000, of_item(1, 5000, "usage"))
    billed_before(german, 0, of_item(1, 2000, "progressive") | later)

    taken_off = billed_before(german, 2000, of_item(1, 4000, "usage"), of_item(1, 2500, "usage") | later)

    assert taken_off == [0, 2000]


def test_what_was_billed_before_stays_on_the_invoice_where_no_line_can_bear_it(german: Customer) -> None:
    billed_before(german, 0, of_item(1, 3000, "progressive"))

    assert billed_before(german, 3000, taxed(-100)) == [0]
    assert Invoice.objects.latest("pk").balance_credited_minor == 3000 + 119
