"""Random lives of one customer: whatever happens in whatever order, invoices, balance and books agree."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

import pytest
from django.db import connection
from django.db.models import Sum

from apps.core.errors import DomainError
from apps.customers.models import Customer
from apps.invoices.enums import CreditNoteStatus, CreditReason, Disposition, InvoiceStatus
from apps.invoices.models import CreditNote, Invoice
from apps.invoices.selectors import creditable_of
from apps.invoices.services.apply_balance import apply_balance
from apps.invoices.services.apply_payment import apply_payment
from apps.invoices.services.credit import CreditItem, issue_credit_note
from apps.invoices.services.void import void_invoice
from apps.invoices.services.void_credit_note import void_credit_note
from apps.ledger.selectors import account_balance, imbalance, trial_balance
from apps.ledger.services.post import Leg, post_transaction
from apps.wallets.selectors import balance_of
from apps.wallets.services.adjust import adjust_balance
from tests.factories.billing import STARTED_AT
from tests.factories.customers import make_customer
from tests.factories.invoices import issue_invoice, make_line

ACTS = 40
SEEDS = 12


class Life:
    """One customer to whom things happen; a refusal is part of life."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)
        self.customer: Customer = make_customer()
        self.refusals = 0

    def live(self) -> None:
        acts: list[Callable[[int], object]] = [
            self.issue, self.issue, self.pay, self.credit, self.credit, self.void, self.void_note,
            self.adjust, self.apply,
        ]  # fmt: skip
        for number in range(ACTS):
            try:
                self.random.choice(acts)(number)
            except DomainError:
                self.refusals += 1

    def issue(self, number: int) -> None:
        lines = [self._line() for _ in range(self.random.randint(1, 3))]
        issue_invoice(lines=lines, customer=self.customer)

    def _line(self) -> dict[str, object]:
        if self.random.random() < 0.25:
            return make_line(-self.random.randint(1, 5000))
        amount = self.random.randint(1, 9999)
        discount = self.random.choice([0, self.random.randint(0, amount)])
        tax = (amount - discount) * 19 // 100
        return make_line(amount, discount_minor=discount, tax_minor=tax)

    def _invoice(self) -> Invoice:
        return self.random.choice(list(Invoice.objects.order_by("pk")) or [issue_invoice(1000)])

    def pay(self, number: int) -> None:
        invoice = self._invoice()
        amount = self.random.randint(1, max(invoice.due_minor, 1))
        apply_payment(invoice_id=invoice.pk, amount_minor=amount, at=STARTED_AT, payment_id=f"pay_{number}")
        post_transaction(
            key=f"payment:{number}",
            brand_id=invoice.brand_id,
            livemode=False,
            at=STARTED_AT,
            kind="payment",
            reference=("payment", f"pay_{number}"),
            customer_id=invoice.customer_id,
            legs=[Leg("gateway_clearing", amount, "EUR"), Leg("receivable", -amount, "EUR")],
        )

    def credit(self, number: int) -> None:
        invoice = self._invoice()
        line = self.random.choice(list(invoice.lines.all()))
        issue_credit_note(
            invoice_id=invoice.pk,
            items=[CreditItem(line.pk, amount_minor=self.random.randint(0, 6000))],
            reason=CreditReason.OTHER,
            disposition=self.random.choice(list(Disposition)),
            cap=self.random.random() < 0.7,
            at=STARTED_AT,
        )

    def void(self, number: int) -> None:
        void_invoice(invoice_id=self._invoice().pk, at=STARTED_AT, reason="x")

    def void_note(self, number: int) -> None:
        note = CreditNote.objects.order_by("pk").last()
        if note is not None:
            void_credit_note(credit_note_id=note.pk, at=STARTED_AT, reason="x")

    def adjust(self, number: int) -> None:
        adjust_balance(
            customer=self.customer,
            currency="EUR",
            amount_minor=self.random.randint(-3000, 3000),
            note="x",
            at=STARTED_AT,
        )

    def apply(self, number: int) -> None:
        apply_balance(invoice_id=self._invoice().pk, key=str(number), at=STARTED_AT)

    def account(self, code: str) -> int:
        return account_balance(
            brand_id=self.customer.brand_id, livemode=False, account_code=code, currency="EUR"
        )


@pytest.mark.django_db
@pytest.mark.parametrize("seed", range(SEEDS))
def test_invoices_balance_and_books_agree(seed: int) -> None:
    life = Life(seed)

    life.issue(-1)
    life.live()

    with connection.cursor() as cursor:
        # What the database checks at commit.
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    invoices = list(Invoice.objects.filter(customer=life.customer))
    unpaid = [i for i in invoices if i.status == InvoiceStatus.OPEN]
    assert life.account("receivable") == sum(i.due_minor for i in unpaid)
    assert life.account("customer_credit") == -balance_of(life.customer.pk, "EUR")
    notes = CreditNote.objects.filter(status=CreditNoteStatus.ISSUED)
    assert life.account("refunds_payable") == -(notes.aggregate(s=Sum("refund_minor"))["s"] or 0)
    assert imbalance(trial_balance(brand_id=life.customer.brand_id, livemode=False)) == {}
    for invoice in invoices:
        assert (invoice.status == InvoiceStatus.PAID) == (
            invoice.due_minor == 0 and invoice.status not in (InvoiceStatus.VOID, InvoiceStatus.CLOSED)
        )
        lines = list(invoice.lines.all())
        assert all(left >= 0 for key, left in creditable_of([x for x in lines if x.amount_minor > 0]).items())
    assert 0 < life.refusals < ACTS
