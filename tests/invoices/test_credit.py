from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from apps.audit.models import Event
from apps.invoices.enums import CreditReason, Disposition, InvoiceStatus, RefundStatus
from apps.invoices.errors import CreditNoteRefused, CreditRefused, InvoiceRefused
from apps.invoices.models import CreditNote, CreditNoteLine, Invoice, InvoiceLine, NumberSeries
from apps.invoices.selectors import creditable_of
from apps.invoices.services.apply_payment import apply_payment
from apps.invoices.services.credit import CreditItem, issue_credit_note
from apps.invoices.services.void import void_invoice
from apps.invoices.services.void_credit_note import void_credit_note
from apps.ledger.selectors import account_balance, imbalance, trial_balance
from apps.wallets.selectors import balance_of
from apps.wallets.services.adjust import adjust_balance
from tests.factories.billing import STARTED_AT, utc
from tests.factories.customers import make_customer
from tests.factories.invoices import issue_invoice, make_draft, make_line

AT = utc(2026, 2, 10)


def pay(invoice: Invoice, amount: int | None = None) -> None:
    paid = invoice.due_minor if amount is None else amount
    apply_payment(invoice_id=invoice.pk, amount_minor=paid, at=STARTED_AT, payment_id="pay_1")
    invoice.refresh_from_db()


def credit(invoice: Invoice, *items: CreditItem, **given: Any) -> CreditNote | None:
    values = {"reason": CreditReason.OTHER, "at": AT}
    return issue_credit_note(invoice_id=invoice.pk, items=items, **values | given)


def item(invoice: Invoice, amount: int, position: int = 1) -> CreditItem:
    return CreditItem(invoice.lines.get(position=position).pk, amount_minor=amount)


def issued(invoice: Invoice, *items: CreditItem, **given: Any) -> CreditNote:
    note = credit(invoice, *items, **given)
    assert note is not None
    invoice.refresh_from_db()
    return note


def accounts(invoice: Invoice) -> dict[str, int]:
    totals = trial_balance(brand_id=invoice.brand_id, livemode=False)
    assert imbalance(totals) == {}
    return {total.account_code: total.balance_minor for total in totals if total.balance_minor}


def parts(note: CreditNote) -> tuple[int, int, int]:
    return note.offset_minor, note.balance_minor, note.refund_minor


@pytest.mark.django_db
def test_unpaid_invoice_is_credited_off_what_is_due() -> None:
    invoice = issue_invoice(10000)

    note = issued(invoice, item(invoice, 2500), memo="As agreed")

    assert (note.total_minor, parts(note)) == (2500, (2500, 0, 0))
    assert note.number == f"{invoice.brand.invoice_prefix}-TEST-CN-000001"
    assert (invoice.status, invoice.credited_minor, invoice.due_minor) == (InvoiceStatus.OPEN, 2500, 7500)
    assert accounts(invoice) == {"receivable": 7500, "revenue": -7500}
    assert (note.memo, note.seller["name"], note.buyer["name"]) == (
        "As agreed",
        invoice.brand.name,
        invoice.customer.name,
    )


@pytest.mark.django_db
def test_paid_invoice_is_credited_to_the_balance() -> None:
    invoice = issue_invoice(10000)
    pay(invoice)

    note = issued(invoice, item(invoice, 2500))

    assert parts(note) == (0, 2500, 0)
    assert balance_of(invoice.customer_id, "EUR") == 2500
    assert (invoice.status, invoice.credited_minor) == (InvoiceStatus.PAID, 0)
    # The payment is not booked here: what is receivable stands for it.
    assert accounts(invoice) == {"receivable": 10000, "revenue": -7500, "customer_credit": -2500}


@pytest.mark.django_db
def test_partly_paid_invoice_gives_the_rest_to_the_balance() -> None:
    invoice = issue_invoice(10000)
    pay(invoice, 6000)

    note = issued(invoice, item(invoice, 5000))

    assert parts(note) == (4000, 1000, 0)
    assert (invoice.status, invoice.due_minor, invoice.paid_at) == (InvoiceStatus.PAID, 0, AT)
    paid = Event.objects.get(name="invoice.paid")
    assert paid.data["credit_note"] == note.public_id


@pytest.mark.django_db
def test_credit_to_the_balance_leaves_what_is_due() -> None:
    invoice = issue_invoice(10000)

    note = issued(invoice, item(invoice, 2500), disposition=Disposition.BALANCE)

    assert parts(note) == (0, 2500, 0)
    assert (invoice.due_minor, balance_of(invoice.customer_id, "EUR")) == (10000, 2500)


@pytest.mark.django_db
def test_refund_is_an_intent_and_never_more_than_was_paid() -> None:
    invoice = issue_invoice(10000)
    adjust = {"customer": invoice.customer, "currency": "EUR", "note": "x", "at": STARTED_AT}
    adjust_balance(amount_minor=3000, **adjust)
    other = issue_invoice(10000, customer=invoice.customer)
    pay(other)

    first = issued(other, item(other, 4000), disposition=Disposition.REFUND)
    second = issued(other, item(other, 5000), disposition=Disposition.REFUND)

    assert (other.balance_applied_minor, other.paid_minor) == (3000, 7000)
    assert (parts(first), first.refund_status) == ((0, 0, 4000), RefundStatus.REQUESTED)
    assert (parts(second), second.refund_status) == ((0, 2000, 3000), RefundStatus.REQUESTED)
    books = {"brand_id": other.brand_id, "livemode": False, "currency": "EUR"}
    assert account_balance(**books, account_code="refunds_payable") == -7000


@pytest.mark.django_db
def test_more_than_is_due_is_not_offset() -> None:
    invoice = issue_invoice(10000)
    pay(invoice, 9000)

    with pytest.raises(CreditRefused) as refused:
        credit(invoice, item(invoice, 1001), disposition=Disposition.OFFSET)

    assert refused.value.field == "disposition"
    assert not CreditNote.objects.exists()
    assert parts(issued(invoice, item(invoice, 1000), disposition=Disposition.OFFSET)) == (1000, 0, 0)


@pytest.mark.django_db
def test_tax_and_discount_follow_the_exact_item() -> None:
    # An engine's own case: a fee of 399.00 with a coupon of 250.00 and 20 % tax; 262.60 is credited.
    line = make_line(39900, discount_minor=25000, tax_minor=2980, tax_rate=Decimal(20))
    invoice = issue_invoice(lines=[make_line(17900, tax_minor=1790, tax_rate=Decimal(10)), line])
    pay(invoice)

    note = issued(invoice, item(invoice, 26260, position=2), disposition=Disposition.REFUND)

    assert (note.subtotal_minor, note.discount_minor, note.tax_minor) == (26260, 16454, 1961)
    assert (note.total_minor, parts(note)) == (11767, (0, 0, 11767))


@pytest.mark.django_db
def test_crediting_a_line_in_parts_gives_exactly_the_line() -> None:
    # 3 x 33.33 of 99.99: thirds of discount 10.00 and tax 17.10 do not come out even.
    line = make_line(9999, discount_minor=1000, tax_minor=1710, tax_rate=Decimal(19))
    invoice = issue_invoice(lines=[line])

    notes = [issued(invoice, item(invoice, 3333)) for _ in range(3)]

    assert [(n.discount_minor, n.tax_minor) for n in notes] == [(333, 570), (333, 570), (334, 570)]
    assert sum(n.total_minor for n in notes) == invoice.total_minor == 10709
    assert (invoice.status, invoice.due_minor) == (InvoiceStatus.PAID, 0)
    assert accounts(invoice) == {}


@pytest.mark.django_db
def test_tax_without_a_rate_follows_the_line_in_proportion() -> None:
    invoice = issue_invoice(lines=[make_line(1000, tax_minor=145)])

    note = issued(invoice, item(invoice, 333))

    # 14.5 % of 3.33 is 0.48285.
    assert (note.tax_minor, note.total_minor) == (48, 381)


@pytest.mark.django_db
def test_exact_item_is_rounded_once_and_kept() -> None:
    invoice = issue_invoice(lines=[make_line(548, tax_minor=110, tax_rate=Decimal(20))])
    line = invoice.lines.get()
    exact = Decimal("3.548387096774")

    note = issued(
        invoice,
        CreditItem(
            line.pk,
            exact_amount=exact,
            description="Unused part",
            period_starts_at=utc(2026, 2, 21),
            period_ends_at=utc(2026, 3, 1),
            trace={"why": "8 of 28 days"},
        ),
        reason=CreditReason.TERMINATION,
    )

    assert (note.subtotal_minor, note.tax_minor, note.total_minor) == (355, 71, 426)
    kept = note.lines.get()
    assert (kept.exact_amount, kept.description, kept.trace) == (
        exact,
        "Unused part",
        {"why": "8 of 28 days"},
    )
    assert kept.invoice_line_id == line.pk


@pytest.mark.django_db
@pytest.mark.parametrize(("currency", "exact", "minor"), [("JPY", "333.5", 334), ("KWD", "1.2345", 1235)])
def test_currencies_round_to_their_own_unit(currency: str, exact: str, minor: int) -> None:
    invoice = issue_invoice(5000, currency=currency)

    note = issued(invoice, CreditItem(invoice.lines.get().pk, exact_amount=Decimal(exact)))

    assert (note.total_minor, note.currency) == (minor, currency)


@pytest.mark.django_db
def test_no_more_than_the_line_is_given_back() -> None:
    invoice = issue_invoice(1000, 500)
    issued(invoice, item(invoice, 700))

    with pytest.raises(CreditRefused, match=r"'Team plan' has 1\.00 EUR left"):
        credit(invoice, item(invoice, 200), item(invoice, 101))
    capped = issued(invoice, item(invoice, 900), item(invoice, 900, position=2), cap=True)

    assert [line.amount_minor for line in capped.lines.all()] == [300, 500]
    assert credit(invoice, item(invoice, 1), cap=True) is None
    assert creditable_of(list(invoice.lines.all())) == {line.pk: 0 for line in invoice.lines.all()}


@pytest.mark.django_db
def test_a_credit_of_nothing_makes_no_document() -> None:
    free = make_line(1000, discount_minor=1000)
    invoice = issue_invoice(lines=[free, make_line(500)])

    assert credit(invoice, item(invoice, 0)) is None
    assert credit(invoice, item(invoice, 400)) is None
    assert not CreditNote.objects.exists()
    assert NumberSeries.objects.get(kind="credit_note").next_value == 1


@pytest.mark.django_db
def test_what_is_not_issued_is_not_credited() -> None:
    draft = make_draft([make_line(1000)])
    voided = issue_invoice(1000)
    void_invoice(invoice_id=voided.pk, at=AT, reason="wrong")

    for invoice in (draft, voided):
        with pytest.raises(CreditRefused):
            credit(invoice, item(invoice, 1))


@pytest.mark.django_db
@pytest.mark.parametrize("bad", ["another line", "negative", "both", "neither"])
def test_items_that_make_no_sense_are_refused(bad: str) -> None:
    invoice, other = issue_invoice(1000), issue_invoice(1000)
    own = invoice.lines.get().pk
    wrong = {
        "another line": CreditItem(other.lines.get().pk, amount_minor=1),
        "negative": CreditItem(own, amount_minor=-1),
        "both": CreditItem(own, amount_minor=1, exact_amount=Decimal(1)),
        "neither": CreditItem(own),
    }[bad]

    with pytest.raises(CreditRefused):
        credit(invoice, wrong)


@pytest.mark.django_db
def test_deferred_revenue_is_taken_back_where_it_was_booked() -> None:
    ahead = make_line(1000, period_starts_at=STARTED_AT, period_ends_at=utc(2026, 2, 28))
    invoice = issue_invoice(lines=[ahead, make_line(500)])

    issued(invoice, item(invoice, 400), item(invoice, 100, position=2))

    # Ten of 28 days are earned by then; what is credited comes off the rest.
    assert accounts(invoice) == {"receivable": 1000, "deferred_revenue": -243, "revenue": -757}


@pytest.mark.django_db
def test_voided_credit_note_is_as_if_it_had_never_been() -> None:
    invoice = issue_invoice(1000)
    pay(invoice, 800)
    note = issued(invoice, item(invoice, 150), disposition=Disposition.OFFSET)
    other = issued(invoice, item(invoice, 100), disposition=Disposition.BALANCE)

    for each in (note, other):
        void_credit_note(credit_note_id=each.pk, at=AT, reason="typo")

    invoice.refresh_from_db()
    assert (invoice.credited_minor, invoice.due_minor) == (0, 200)
    assert balance_of(invoice.customer_id, "EUR") == 0
    assert accounts(invoice) == {"receivable": 1000, "revenue": -1000}
    assert issued(invoice, item(invoice, 1000)).number.endswith("CN-000003")
    with pytest.raises(CreditNoteRefused):
        void_credit_note(credit_note_id=note.pk, at=AT, reason="again")


@pytest.mark.django_db
def test_credit_note_whose_balance_was_spent_stands() -> None:
    invoice = issue_invoice(1000)
    pay(invoice)
    note = issued(invoice, item(invoice, 500))
    issue_invoice(300, customer=invoice.customer)

    with pytest.raises(CreditNoteRefused):
        void_credit_note(credit_note_id=note.pk, at=AT, reason="typo")

    assert balance_of(invoice.customer_id, "EUR") == 200


@pytest.mark.django_db
def test_credit_note_that_settled_an_invoice_stands() -> None:
    invoice = issue_invoice(1000)
    note = issued(invoice, item(invoice, 1000))

    with pytest.raises(CreditNoteRefused):
        void_credit_note(credit_note_id=note.pk, at=AT, reason="typo")


@pytest.mark.django_db
def test_invoice_with_a_credit_note_is_not_voided() -> None:
    invoice = issue_invoice(1000)
    note = issued(invoice, item(invoice, 100))

    with pytest.raises(InvoiceRefused):
        void_invoice(invoice_id=invoice.pk, at=AT, reason="wrong")
    void_credit_note(credit_note_id=note.pk, at=AT, reason="typo")

    assert void_invoice(invoice_id=invoice.pk, at=AT, reason="wrong").status == InvoiceStatus.VOID


@pytest.mark.django_db
def test_credit_notes_are_frozen_by_the_database() -> None:
    invoice = issue_invoice(1000)
    note = issued(invoice, item(invoice, 100))
    line = note.lines.get()

    for change in ({"memo": "x"}, {"total_minor": 1}, {"number": "X"}, {"balance_minor": 1}):
        with pytest.raises(IntegrityError), transaction.atomic():
            CreditNote.objects.filter(pk=note.pk).update(**change)
    with pytest.raises(IntegrityError), transaction.atomic():
        CreditNote.objects.filter(pk=note.pk)._raw_delete(using="default")
    with pytest.raises(IntegrityError), transaction.atomic():
        CreditNoteLine.objects.filter(pk=line.pk).update(amount_minor=1)
    line.pk, line.public_id, line.position, line.amount_minor = None, "", 2, 901
    with pytest.raises(IntegrityError, match="credited already"), transaction.atomic():
        line.save()


@pytest.mark.real_commits
def test_a_line_that_comes_later_is_refused_at_commit() -> None:
    invoice = issue_invoice(1000)
    line = issued(invoice, item(invoice, 100)).lines.get()
    line.pk, line.public_id, line.position = None, "", 2

    with pytest.raises(IntegrityError, match="sum of its lines"):
        line.save()

    assert CreditNoteLine.objects.count() == 1


def credit_in_a_thread(invoice: Invoice) -> int:
    line = InvoiceLine.objects.get(invoice=invoice)
    try:
        note = credit(invoice, CreditItem(line.pk, amount_minor=300), cap=True)
        return note.total_minor if note else 0
    finally:
        connection.close()


@pytest.mark.real_commits
def test_many_credits_of_one_line_never_exceed_it() -> None:
    invoice = issue_invoice(1000)

    with ThreadPoolExecutor(8) as pool:
        given = list(pool.map(credit_in_a_thread, [invoice] * 8))

    assert sorted(given, reverse=True) == [300, 300, 300, 100, 0, 0, 0, 0]
    invoice.refresh_from_db()
    assert (invoice.status, invoice.credited_minor) == (InvoiceStatus.PAID, 1000)
    numbers = CreditNote.objects.values_list("number", flat=True)
    assert sorted(number[-2:] for number in numbers) == ["01", "02", "03", "04"]


@pytest.mark.django_db
def test_balance_of_a_credit_note_pays_the_next_invoice() -> None:
    customer = make_customer()
    first = issue_invoice(1000, customer=customer)
    pay(first)
    issued(first, item(first, 400))

    following = issue_invoice(1500, customer=customer)

    assert (following.balance_applied_minor, following.due_minor) == (400, 1100)
