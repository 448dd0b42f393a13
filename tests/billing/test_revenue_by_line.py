"""A year of one customer, looked at on random days: every line's net is deferred, recognised or credited."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

import pytest

from apps.billing.services.clocks.advance_clock import advance_clock
from apps.billing.services.corrections.credit_invoice import credit_invoice
from apps.billing.services.corrections.void_unpaid import void_unpaid_invoice
from apps.billing.services.subscriptions.change_plan import ChangeRequest, change_plan
from apps.core.due_work import Scope
from apps.customers.models import Customer
from apps.invoices.enums import CreditNoteStatus, CreditReason, Disposition
from apps.invoices.models import CreditNoteLine, Invoice, InvoiceLine
from apps.invoices.recognition_selectors import LinePosition, deferred_by_month, line_positions
from apps.invoices.services.apply_payment import apply_payment
from apps.invoices.services.plan_credit import CreditItem
from apps.invoices.services.recognize_revenue import recognize_revenue
from apps.ledger.selectors import account_balance, imbalance, trial_balance
from apps.ledger.services.post import Leg, post_transaction
from apps.plans.enums import Interval
from apps.plans.policies import Timing
from apps.subscriptions.enums import CollectionMethod
from apps.subscriptions.models import Subscription
from tests.factories.billing import subscribe_to, utc
from tests.factories.customers import make_brand, make_customer, make_test_clock
from tests.factories.plans import flat_price, make_plan

ZONE = "Europe/Berlin"
DATES = 20
SECOND = timedelta(seconds=1)
BEGIN = utc(2026, 1, 1, 9)

Standing = dict[int, tuple[int, int, int]]


class Year:
    """One customer with a yearly and a monthly plan, to whom everything happens that moves revenue."""

    def __init__(self) -> None:
        self.brand = make_brand(default_time_zone=ZONE)
        self.clock = make_test_clock(brand=self.brand, now_at=BEGIN)
        self.customer: Customer = make_customer(test_clock=self.clock)
        self.big = make_plan(prices=[flat_price("731.19", interval=Interval.YEAR)])
        small = make_plan(prices=[flat_price("365.00", interval=Interval.YEAR)])
        self.yearly = self._subscribe(small)
        self._subscribe(make_plan(prices=[flat_price("31.37")]))

    def _subscribe(self, plan: object) -> Subscription:
        bought = subscribe_to(
            plan,  # type: ignore[arg-type]
            customer=self.customer,
            at=BEGIN,
            card=False,
            collection_method=CollectionMethod.SEND_INVOICE,
        )
        return bought.subscription

    def go(self, to: datetime) -> None:
        advance_clock(clock_id=self.clock.pk, to=to)
        # A clock stops for revenue once a month; here each day counts.
        while recognize_revenue(scope=Scope(self.clock.pk), at=to):
            pass

    def upgrade(self, at: datetime) -> None:
        request = ChangeRequest(plan_code=self.big.code, timing=Timing.NOW)
        made = change_plan(subscription_id=self.yearly.pk, request=request, at=at)
        assert any(line.credits_line_id for line in made.invoices[0].lines.all())

    def refund(self, at: datetime) -> None:
        line = self._yearly_line()
        invoice = line.invoice
        self._pay(invoice, at)
        note = credit_invoice(
            invoice_id=invoice.pk,
            items=[CreditItem(line.pk, amount_minor=10001)],
            reason=CreditReason.OTHER,
            disposition=Disposition.REFUND,
            at=at,
        )
        assert note is not None
        assert note.refund_minor == 10001

    def _yearly_line(self) -> InvoiceLine:
        fees = InvoiceLine.objects.filter(subscription=self.yearly, amount_minor__gt=0)
        return fees.select_related("invoice").latest("pk")

    def _pay(self, invoice: Invoice, at: datetime) -> None:
        amount = invoice.due_minor
        apply_payment(invoice_id=invoice.pk, amount_minor=amount, at=at, payment_id="pay_1")
        post_transaction(
            key="payment:1",
            brand_id=self.brand.pk,
            livemode=False,
            at=at,
            kind="payment",
            reference=("payment", "pay_1"),
            customer_id=self.customer.pk,
            legs=[Leg("gateway_clearing", amount, "EUR"), Leg("receivable", -amount, "EUR")],
        )

    def void(self, at: datetime) -> None:
        invoice = Invoice.objects.filter(customer=self.customer, number__isnull=False).latest("pk")
        void_unpaid_invoice(invoice_id=invoice.pk, reason="typo", at=at)

    def positions(self, at: datetime) -> list[LinePosition]:
        lines = InvoiceLine.objects.filter(invoice__customer=self.customer).select_related("invoice")
        return line_positions(list(lines), at=at)

    def balance(self, account: str, at: datetime) -> int:
        return account_balance(
            brand_id=self.brand.pk, livemode=False, account_code=account, currency="EUR", at=at
        )


def check(year: Year, at: datetime) -> Standing:
    """What must hold just after `at`; returns where each line stands."""
    seen = at + SECOND
    positions = year.positions(seen)
    given = given_back()
    for position in positions:
        parts = (position.deferred_minor, position.recognized_minor, position.credited_minor)
        assert sum(parts) == position.net_minor == position.line.net_minor
        assert min(parts) >= 0
        assert position.credited_minor == given[position.line.pk]
        if not position.credited_minor:
            assert position.recognized_minor == earned_in_whole_days(position.line, at)
    assert -year.balance("deferred_revenue", seen) == sum(row.deferred_minor for row in positions)
    assert -year.balance("revenue", seen) == sum(row.recognized_minor for row in positions)
    months = deferred_by_month(brand_id=year.brand.pk, livemode=False, at=seen)
    assert sum(month.amount_minor for month in months) == sum(row.deferred_minor for row in positions)
    assert imbalance(trial_balance(brand_id=year.brand.pk, livemode=False)) == {}
    return standing(positions)


def standing(positions: list[LinePosition]) -> Standing:
    return {row.line.pk: (row.deferred_minor, row.recognized_minor, row.credited_minor) for row in positions}


def given_back() -> Counter[int]:
    """What the documents that stand now give back of each line, net: told without the schedules."""
    given: Counter[int] = Counter()
    for credit in CreditNoteLine.objects.filter(credit_note__status=CreditNoteStatus.ISSUED):
        given[credit.invoice_line_id] += credit.amount_minor - credit.discount_minor
    for line in InvoiceLine.objects.all():
        if line.voided_at is not None:
            given[line.pk] = line.amount_minor
        elif line.credits_line_id is not None:
            given[line.credits_line_id] -= line.amount_minor
    return given


def earned_in_whole_days(line: InvoiceLine, at: datetime) -> int:
    """The straight line, worked out by itself: whole days of the zone, the last one takes the rest."""
    assert line.period_starts_at is not None
    assert line.period_ends_at is not None
    first, today, last = (
        moment.astimezone(ZoneInfo(ZONE)).date()
        for moment in (line.period_starts_at, at, line.period_ends_at)
    )
    days, passed = (last - first).days, (today - first).days
    return line.amount_minor if passed >= days else line.amount_minor * passed // days


@pytest.mark.real_commits
def test_deferred_recognised_and_credited_are_each_lines_net_on_any_day() -> None:
    random, year = Random(1), Year()
    dates = {BEGIN + timedelta(minutes=random.randrange(60, 500 * 24 * 60)) for _ in range(DATES)}
    acts: dict[datetime, Callable[[datetime], None]] = {
        utc(2026, 2, 15, 22, 30): year.upgrade,
        utc(2026, 3, 20, 8): year.refund,
        utc(2026, 4, 10, 12): year.void,
    }
    seen: dict[datetime, Standing] = {}

    for stop in sorted({*dates, *acts}):
        year.go(stop)
        acts.get(stop, lambda at: None)(stop)
        seen[stop] = check(year, stop)

    credited = [sum(parts[2] for parts in lines.values()) for lines in seen.values()]
    assert len({amount for amount in credited if amount}) == 3
    # Looked at a year later, every day is still as it was.
    for stop, lines in seen.items():
        assert standing(year.positions(stop + SECOND)) == lines
