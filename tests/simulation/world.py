"""One history lived twice: by the real services on a test clock, and by the oracle."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from itertools import pairwise

from django.db import connection, transaction
from django.db.models import Sum

from apps.accounts.enums import ZeroInvoicePolicy
from apps.audit.models import Event
from apps.billing.services.advance_clock import advance_clock
from apps.billing.services.cancel import cancel_at_period_end, cancel_now
from apps.billing.services.change_plan import change_plan_at_period_end
from apps.billing.services.preview import UpcomingBill, preview_change, preview_next_bill, preview_purchase
from apps.billing.services.subscribe import Purchase, subscribe
from apps.customers.enums import TestClockStatus
from apps.customers.models import TestClock
from apps.customers.services.update_customer import update_customer
from apps.invoices.enums import InvoiceStatus
from apps.invoices.models import Invoice, InvoiceLine, NumberSeries
from apps.ledger.models import Entry
from apps.plans.enums import BillingTiming, ChargeModel, QuantitySource
from apps.plans.models import Meter
from apps.pricing.charge import Charge
from apps.subscriptions.enums import CancelReason, CollectionMethod, SubscriptionStatus
from apps.subscriptions.models import Subscription, SubscriptionPeriod
from apps.subscriptions.services.withdraw_change import withdraw_change
from tests.factories.customers import make_brand, make_customer, make_test_clock
from tests.factories.plans import make_meter, make_plan
from tests.factories.usage import make_event, send
from tests.simulation.histories import CURRENCIES, ZONES, History, Step
from tests.simulation.oracle import Change, Contract, Fee, Line, Plan, trial_end_of

SENT = CollectionMethod.SEND_INVOICE
MOST_SUBSCRIPTIONS = 3


class Killed(Exception):
    """What ends a process in the middle of an advance."""


class World:
    def __init__(self, history: History) -> None:
        self.history, self.now, self.zone = history, history.starts_at, history.zone
        policy = ZeroInvoicePolicy.CLOSE if history.closes_zero_invoices else ZeroInvoicePolicy.ISSUE
        brand = make_brand(zero_invoice_policy=policy)
        self.clock = make_test_clock(brand=brand, now_at=self.now)
        self.customer = make_customer(
            test_clock=self.clock, currency=history.currency, time_zone=history.zone
        )
        self.meters = {code: make_meter(code=f"{code}-{brand.pk}") for code in ("calls", "bytes")}
        for plan in history.plans:
            _publish(plan, history.currency, self.meters, prefix=brand.code)
        self.prefix = brand.code
        self.usage: list[tuple[datetime, str]] = []
        self.contracts: dict[int, Contract] = {}
        self.foretold: dict[int, UpcomingBill] = {}

    def live(self, step: Step) -> tuple[Subscription, Contract] | None:
        """The subscription that a step is about, if any still runs."""
        running = [pk for pk, contract in self.contracts.items() if contract.ended_at is None]
        if not running:
            return None
        pk = running[step.which % len(running)]
        return Subscription.objects.get(pk=pk), self.contracts[pk]

    # -- what happens ------------------------------------------------------------------------------------

    def play(self, step: Step) -> None:
        to = self.now + timedelta(days=step.after_days, minutes=step.after_minutes)
        if step.first and step.do not in ("advance", "crash"):
            TestClock.objects.filter(pk=self.clock.pk).update(now_at=to)
            self.now = to
        else:
            self.advance(to, crash=step.do == "crash")
        if step.do not in ("advance", "crash"):
            getattr(self, f"_{step.do}")(step)

    def advance(self, to: datetime, *, crash: bool = False) -> None:
        self._foretell(to)
        if crash:
            self._advance_and_die(to)
        advance_clock(clock_id=self.clock.pk, to=to)
        for contract in self.contracts.values():
            while contract.next_at is not None and contract.next_at <= to:
                instant = contract.next_at
                contract.turn(instant, billed_at=max(instant, self.now), zone=self.zone)
        self.now = to
        self._check_foretold()

    def _advance_and_die(self, to: datetime) -> None:
        def die(at: datetime) -> None:
            raise Killed

        try:
            advance_clock(clock_id=self.clock.pk, to=to, on_progress=die)
        except Killed:
            assert TestClock.objects.get(pk=self.clock.pk).status == TestClockStatus.FAILED

    def _subscribe(self, step: Step) -> None:
        if len(self.contracts) >= MOST_SUBSCRIPTIONS:
            return
        plan = self._plan(step)
        quantity = step.quantity if _has_seats(plan) else 1
        purchase = Purchase(
            plan_code=f"{self.prefix}-{plan.code}",
            quantity=quantity,
            trial_days=step.trial_days,
            collection_method=SENT,
        )
        preview = preview_purchase(customer=self.customer, purchase=purchase, at=self.now)
        subscribed = subscribe(customer=self.customer, purchase=purchase, at=self.now)
        ends = trial_end_of(self.now, step.trial_days, self.zone) if step.trial_days else None
        contract = Contract(
            plan, quantity, CURRENCIES[self.history.currency], self.usage, self.now, self.zone, ends
        )
        self.contracts[subscribed.subscription.pk] = contract
        assert _lines_of(preview.now.charges, self.now) == sorted(contract.lines)
        assert len(subscribed.invoices) == bool(contract.lines)

    def _use(self, step: Step) -> None:
        code = ("calls", "bytes")[step.which % 2]
        name = self.meters[code].event_name
        events = [make_event(self.customer, name, timestamp=self.now) for _ in range(step.quantity)]
        send(self.customer, *events)
        self.usage += [(self.now, code)] * step.quantity

    def _change(self, step: Step) -> None:
        if (found := self.live(step)) is None:
            return
        subscription, contract = found
        plan = self._plan(step)
        quantity = step.quantity if _has_seats(plan) else 1
        overdue = contract.period.ends_at < self.now
        if overdue or (plan, quantity) == (contract.plan, contract.quantity):
            return
        asked = {"plan_code": f"{self.prefix}-{plan.code}", "quantity": quantity, "at": self.now}
        preview = preview_change(subscription=subscription, **asked)  # type: ignore[arg-type]
        change = change_plan_at_period_end(subscription=subscription, **asked)  # type: ignore[arg-type]
        contract.change = Change(contract.period.ends_at, plan, quantity)
        assert change.effective_at == contract.period.ends_at
        assert preview is not None
        assert preview.at == change.effective_at

    def _cancel(self, step: Step) -> None:
        found = self.live(step)
        if found is None or found[1].period.ends_at < self.now:
            return
        subscription, contract = found
        cancel_at_period_end(subscription=subscription, reason=CancelReason.OTHER, comment="", at=self.now)
        contract.change = Change(contract.period.ends_at, None, 1)

    def _cancel_now(self, step: Step) -> None:
        if (found := self.live(step)) is None:
            return
        subscription, contract = found
        while contract.next_at is not None and contract.next_at < self.now:
            contract.turn(contract.next_at, billed_at=self.now, zone=self.zone)
        if contract.ended_at is not None:
            return
        cancel_now(subscription_id=subscription.pk, reason=CancelReason.OTHER, comment="", at=self.now)
        contract.end(self.now, billed_at=self.now)

    def _undo(self, step: Step) -> None:
        found = self.live(step)
        if found is None or found[1].change is None:
            return
        withdraw_change(subscription_id=found[0].pk, at=self.now)
        found[1].change = None

    def _move(self, step: Step) -> None:
        """The customer moves to another zone."""
        self.zone = ZONES[step.which]
        update_customer(customer_id=self.customer.pk, changes={"time_zone": self.zone}, at=self.now)
        self.customer.refresh_from_db()

    def _plan(self, step: Step) -> Plan:
        return self.history.plans[step.plan]

    # -- what is true afterwards ---------------------------------------------------------------------------

    def check(self) -> None:
        self._check_lines()
        for subscription in Subscription.objects.filter(customer=self.customer):
            _check_subscription(subscription, self.contracts[subscription.pk])
        self._check_invoices()
        self._check_books()
        self._check_events()

    def _check_lines(self) -> None:
        billed = defaultdict(list)
        for line in InvoiceLine.objects.filter(invoice__customer=self.customer).select_related("invoice"):
            billed[line.subscription_id].append(_line(line))
        for pk, contract in self.contracts.items():
            assert sorted(billed[pk]) == sorted(contract.lines)

    def _check_invoices(self) -> None:
        invoices = list(Invoice.objects.filter(customer=self.customer).order_by("id"))
        numbers = [int(invoice.number.rsplit("-", 1)[1]) for invoice in invoices if invoice.number]
        assert numbers == list(range(1, len(numbers) + 1))
        assert [row.next_value for row in NumberSeries.objects.filter(brand=self.customer.brand)] == (
            [len(numbers) + 1] if numbers else []
        )
        sums = dict(
            InvoiceLine.objects.filter(invoice__customer=self.customer)
            .values_list("invoice_id")
            .annotate(Sum("amount_minor"))
        )
        closes = self.history.closes_zero_invoices
        for invoice in invoices:
            assert invoice.total_minor == sums[invoice.pk]
            free = InvoiceStatus.CLOSED if closes else InvoiceStatus.PAID
            assert invoice.status == (InvoiceStatus.OPEN if invoice.total_minor else free)

    def _check_books(self) -> None:
        # The trigger that refuses unbalanced books waits for a commit, which never comes here.
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute("SET CONSTRAINTS ALL DEFERRED")
        entries = Entry.objects.filter(account__brand_id=self.customer.brand_id)
        assert (entries.aggregate(sum=Sum("amount_minor"))["sum"] or 0) == 0
        owed = sum(line.amount_minor for contract in self.contracts.values() for line in contract.lines)
        booked = entries.filter(account__code="receivable").aggregate(sum=Sum("amount_minor"))["sum"] or 0
        assert booked == owed

    def _check_events(self) -> None:
        told = defaultdict(set)
        for subject, name in Event.objects.filter(customer_id=self.customer.pk).values_list(
            "subject_id", "name"
        ):
            told[subject].add(name)
        for subscription in Subscription.objects.filter(customer=self.customer):
            assert "subscription.created" in told[subscription.public_id]
            ended = subscription.ended_at is not None
            assert ("subscription.canceled" in told[subscription.public_id]) == ended
        for invoice in Invoice.objects.filter(customer=self.customer):
            last = "invoice.finalized" if invoice.number else "invoice.closed"
            assert {"invoice.created", last} <= told[invoice.public_id]

    def _foretell(self, to: datetime) -> None:
        """Keep the preview of each bill that comes until `to`; usage does not come in between."""
        self.foretold = {}
        for pk, contract in self.contracts.items():
            if contract.next_at is None or not self.now < contract.next_at <= to:
                continue
            bill = preview_next_bill(subscription=Subscription.objects.get(pk=pk))
            assert bill is not None
            self.foretold[pk] = bill

    def _check_foretold(self) -> None:
        for pk, bill in self.foretold.items():
            lines = InvoiceLine.objects.filter(subscription_id=pk, invoice__created_at=bill.at)
            came = [_line(line) for line in lines.select_related("invoice")]
            # What else was billed at that very instant, such as a subscription's first fee, is older.
            assert set(_lines_of(bill.charges, bill.at)) == set(came)


def _check_subscription(subscription: Subscription, contract: Contract) -> None:
    running = [(cadence, span.starts_at, span.ends_at) for cadence, span in contract.running.items()]
    rows = SubscriptionPeriod.objects.filter(subscription=subscription).order_by("cadence", "starts_at")
    found = [((row.interval, row.interval_count), row.starts_at, row.ends_at) for row in rows]
    assert sorted(found) == sorted([*contract.over, *running])
    assert [row.closed_at is None for row in rows].count(True) == len(running)
    for before, after in pairwise(found):
        if before[0] == after[0]:
            assert before[2] <= after[1]
    assert subscription.next_bill_at == contract.next_at
    assert subscription.ended_at == contract.ended_at
    assert subscription.status == _status(contract)
    assert subscription.plan_version.plan.code.endswith(contract.plan.code)
    assert subscription.quantity == contract.quantity
    if contract.ended_at is None:
        period = contract.period
        current = (subscription.current_period_starts_at, subscription.current_period_ends_at)
        assert current == (period.starts_at, period.ends_at)


def _status(contract: Contract) -> SubscriptionStatus:
    if contract.ended_at is not None:
        return SubscriptionStatus.CANCELED
    return SubscriptionStatus.TRIALING if contract.trial_ends_at else SubscriptionStatus.ACTIVE


def _line(line: InvoiceLine) -> Line:
    assert line.period_starts_at is not None
    assert line.period_ends_at is not None
    return Line(
        line.invoice.created_at,
        line.snapshot["price"],
        line.period_starts_at,
        line.period_ends_at,
        int(line.quantity),
        line.amount_minor,
    )


def _lines_of(charges: list[Charge], at: datetime) -> list[Line]:
    return sorted(
        Line(
            at,
            charge.key.split(":")[1],
            charge.period_start,
            charge.period_end,
            int(charge.quantity),
            charge.amount.minor,
        )
        for charge in charges
    )


def _has_seats(plan: Plan) -> bool:
    return any(fee.source == "seats" for fee in plan.fees)


def _publish(plan: Plan, currency: str, meters: dict[str, Meter], *, prefix: str) -> None:
    make_plan(
        code=f"{prefix}-{plan.code}",
        prices=[_price(fee, currency, meters) for fee in plan.fees],
        version={"alignment": "calendar" if plan.calendar else "anniversary"},
    )


def _price(fee: Fee, currency: str, meters: dict[str, Meter]) -> dict[str, object]:
    flat = fee.source == "flat"
    source = {
        "flat": QuantitySource.FIXED,
        "seats": QuantitySource.SEATS,
        "metered": QuantitySource.METER,
    }[fee.source]
    return {
        "code": fee.code,
        "name": fee.code,
        "currency": currency,
        "model": ChargeModel.FLAT if flat else ChargeModel.PER_UNIT,
        "parameters": {"amount" if flat else "unit_amount": fee.amount},
        "quantity_source": source,
        "meter": meters[fee.meter] if fee.meter else None,
        "interval": fee.cadence[0],
        "interval_count": fee.cadence[1],
        "timing": BillingTiming.IN_ADVANCE if fee.in_advance else BillingTiming.IN_ARREARS,
    }


@contextmanager
def taken_back() -> Iterator[None]:
    """Whatever happens inside never happened: each history begins in an empty shop."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)
