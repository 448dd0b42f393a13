"""One customer's life lived twice: by the real services on a test clock, and by the model."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from copy import deepcopy
from datetime import datetime, timedelta
from itertools import count
from typing import Any

import pytest

from apps.accounts.enums import ZeroInvoicePolicy
from apps.billing.due import drain_late_usage
from apps.billing.enums import CancelTiming
from apps.billing.preview_tokens import preview_token
from apps.billing.services.clocks.advance_clock import advance_clock
from apps.billing.services.corrections.void_unpaid import void_unpaid_invoice
from apps.billing.services.run.preview import UpcomingBill, preview_next_bill, preview_purchase
from apps.billing.services.subscriptions.carry_out import (
    CancelRequest,
    CarriedOut,
    PauseRequest,
    Request,
    ResumeRequest,
    UndoRequest,
    carry_out,
)
from apps.billing.services.subscriptions.change_plan import ChangeRequest
from apps.billing.services.subscriptions.confirm_preview import confirm_preview
from apps.billing.services.subscriptions.preview_request import Preview, preview_request
from apps.billing.services.subscriptions.subscribe import Purchase, subscribe
from apps.core.errors import DomainError
from apps.customers.enums import TestClockStatus
from apps.customers.models import TestClock
from apps.customers.services.update_customer import update_customer
from apps.invoices.models import Invoice
from apps.plans.policies import Timing
from apps.pricing.charge import Charge
from apps.subscriptions.enums import ChangeKind, CollectionMethod
from apps.subscriptions.models import Subscription
from apps.usage.correction import EventReference
from apps.usage.services.void_event import void_event
from apps.wallets.selectors import balance_of
from apps.wallets.services.adjust import adjust_balance
from tests.factories.customers import make_brand, make_customer, make_test_clock
from tests.factories.plans import make_meter
from tests.factories.usage import NOW, make_event, send
from tests.simulation.account import Account, Bill, Line, Told
from tests.simulation.catalog import CURRENCIES, METERS, Plan
from tests.simulation.oracle import Contract, Event, Wish, trial_end_of
from tests.simulation.sold import publish

MOST_SUBSCRIPTIONS = 3


class Killed(Exception):
    """What ends a process in the middle of an advance."""


class World:
    def __init__(
        self, *, plans: Sequence[Plan], currency: str, zone: str, starts_at: datetime, closes_zero: bool
    ) -> None:
        self.plans, self.currency, self.zone, self.now = plans, currency, zone, starts_at
        policy = ZeroInvoicePolicy.CLOSE if closes_zero else ZeroInvoicePolicy.ISSUE
        brand = make_brand(zero_invoice_policy=policy)
        self.prefix, self.closes_zero = brand.code, closes_zero
        self.clock = make_test_clock(brand=brand, now_at=self.now)
        self.customer = make_customer(test_clock=self.clock, currency=currency, time_zone=zone)
        self.meters = {
            code: make_meter(code=f"{code}-{brand.pk}", aggregation="sum", value_property="value")
            for code in METERS
        }
        for plan in plans:
            publish(plan, currency, self.meters, prefix=self.prefix)
        self.events: list[tuple[str, Event]] = []
        self.usage: list[Event] = []
        self.account = Account()
        self.contracts: dict[int, Contract] = {}
        self._ids = count(1)

    # -- time --------------------------------------------------------------------------------------------

    def advance(self, to: datetime, *, crash: bool = False) -> None:
        """Let the clock run; with `crash` the first process dies at the first instant, another goes on."""
        drain_late_usage()
        self._settle_late()
        foretold = self._foretold(to)
        if crash:
            self._advance_and_die(to)
        advance_clock(clock_id=self.clock.pk, to=to)
        while (instant := min(self._due_until(to), default=None)) is not None:
            self._run(instant, at=max(instant, self.now))
        self.now = to
        for contract, bill in foretold:
            assert _told_by(bill, contract.number) <= self._billed(contract, bill.at)

    def lose_power(self, to: datetime) -> None:
        """Time passes and nothing runs; what comes next finds what is overdue."""
        TestClock.objects.filter(pk=self.clock.pk).update(now_at=to)
        self.now = to

    def _due_until(self, to: datetime) -> list[datetime]:
        dues = [contract.next_at for contract in self.contracts.values()]
        return [at for at in dues if at is not None and at <= to]

    def _run(self, instant: datetime, *, at: datetime) -> None:
        """What is due at one instant stands on one invoice."""
        due = [contract for contract in self.contracts.values() if contract.next_at == instant]
        self.account.issue([line for one in due for line in one.turn(instant, self.zone)], at)

    def _catch_up(self, contract: Contract, request: Request, may: Callable[[Contract], bool]) -> bool:
        """Whoever changes a contract bills first what is overdue of it; what it `may` not then is refused,
        and the bills with it."""
        ahead = deepcopy(contract)
        self._bill_overdue(ahead)
        if may(ahead):
            for lines in self._bill_overdue(contract):
                self.account.issue(lines, self.now)
            return True
        with pytest.raises(DomainError):
            carry_out(subscription=Subscription.objects.get(pk=contract.number), request=request, at=self.now)
        return False

    def _bill_overdue(self, contract: Contract) -> list[list[Line]]:
        bills = []
        while contract.next_at is not None and contract.next_at < self.now:
            bills.append(contract.turn(contract.next_at, self.zone))
        return bills

    def _settle_late(self) -> None:
        """Late usage of what is billed no more comes at once, not with a next invoice."""
        for contract in self.contracts.values():
            if contract.next_at is None:
                lines, notes = contract.settle_late()
                self.account.note(notes)
                self.account.issue(lines, self.now)

    def _advance_and_die(self, to: datetime) -> None:
        def die(at: datetime) -> None:
            raise Killed

        try:
            advance_clock(clock_id=self.clock.pk, to=to, on_progress=die)
        except Killed:
            assert TestClock.objects.get(pk=self.clock.pk).status == TestClockStatus.FAILED

    def _foretold(self, to: datetime) -> list[tuple[Contract, UpcomingBill]]:
        """The preview of each bill that comes until `to`: nothing comes in between."""
        return [
            (contract, bill)
            for key, contract in self.contracts.items()
            if contract.next_at is not None and self.now < contract.next_at <= to
            if (bill := preview_next_bill(subscription=Subscription.objects.get(pk=key))) is not None
        ]

    def _billed(self, contract: Contract, at: datetime) -> Counter[Told]:
        bills = [bill for bill in self.account.bills if bill.at == at]
        return Counter(line.told for bill in bills for line in bill.lines if line.contract == contract.number)

    # -- subscriptions -----------------------------------------------------------------------------------

    def subscribe(self, plan: Plan, quantity: int, trial_days: int) -> None:
        purchase = Purchase(
            plan_code=f"{self.prefix}-{plan.code}",
            quantity=quantity,
            trial_days=trial_days,
            collection_method=CollectionMethod.SEND_INVOICE,
        )
        preview = preview_purchase(customer=self.customer, purchase=purchase, at=self.now)
        made = subscribe(customer=self.customer, purchase=purchase, at=self.now)
        ends = trial_end_of(self.now, trial_days, self.zone) if trial_days else None
        number, decimals = made.subscription.pk, CURRENCIES[self.currency]
        contract = Contract(number, plan, quantity, decimals, self.usage, self.now, self.zone, ends)
        self.contracts[number] = contract
        lines = contract.begin()
        self.account.issue(lines, self.now)
        assert _told_by(preview.now, number) == Counter(line.told for line in lines)

    def ask(self, key: int, request: Request, *, looks_first: bool) -> CarriedOut:
        """Do what a request says, or look at its preview first and confirm just that."""
        subscription = Subscription.objects.select_related("customer").get(pk=key)
        # What a preview does not know yet stays out of what it confirms: the model has no such horizon.
        if not looks_first or self._has_used(self.contracts[key]):
            return carry_out(subscription=subscription, request=request, at=self.now)
        preview = preview_request(subscription=subscription, request=request, at=self.now)
        token = preview_token(preview.fixed, now=NOW)
        made = confirm_preview(subscription=subscription, token=token, at=self.now, now=NOW)
        self._check_preview(preview, made)
        return made

    def _has_used(self, contract: Contract) -> bool:
        metered = {fee.meter for fee in contract.plan.fees if fee.source == "metered"}
        return any(event.meter in metered for event in self.usage)

    def _check_preview(self, preview: Preview, made: CarriedOut) -> None:
        shown = [[line.amount_minor for line in bill.lines] for bill in preview.now.bills]
        issued = [[line.amount_minor for line in invoice.lines.all()] for invoice in made.invoices]
        assert shown == issued
        assert preview.effective_at == made.effective_at
        assert preview.balance_after_minor == balance_of(self.customer.pk, self.currency)

    def change_now(self, key: int, plan: Plan, quantity: int, *, looks_first: bool) -> None:
        def may(one: Contract) -> bool:
            return one.ended_at is None and (plan, quantity) != (one.plan, one.quantity)

        contract, request = self.contracts[key], self._change(plan, quantity, timing=Timing.NOW)
        if not self._catch_up(contract, request, may):
            return
        self.ask(key, request, looks_first=looks_first)
        contract.wishes["change"] = Wish("change", self.now, plan, quantity)
        self.account.issue(contract.turn(self.now, self.zone), self.now)

    def change_later(
        self, key: int, plan: Plan, quantity: int, *, on: datetime | None, looks_first: bool
    ) -> None:
        """At the end of the period, or on a day."""
        contract = self.contracts[key]
        if (plan, quantity) == (contract.plan, contract.quantity):
            return
        request = self._change(plan, quantity, timing=Timing.PERIOD_END, effective_at=on)
        made = self.ask(key, request, looks_first=looks_first)
        contract.wishes["change"] = Wish("change", on or contract.current[1], plan, quantity)
        assert made.effective_at == contract.wishes["change"].effective_at

    def _change(self, plan: Plan, quantity: int, **when: Any) -> ChangeRequest:
        return ChangeRequest(plan_code=f"{self.prefix}-{plan.code}", quantity=quantity, **when)

    def cancel_now(self, key: int, *, looks_first: bool) -> None:
        contract, request = self.contracts[key], CancelRequest(CancelTiming.NOW)
        if self._catch_up(contract, request, lambda one: one.ended_at is None):
            self.ask(key, request, looks_first=looks_first)
            self.account.issue(contract.end(self.now), self.now)

    def cancel_later(self, key: int, *, on: datetime | None, looks_first: bool) -> None:
        contract = self.contracts[key]
        made = self.ask(key, CancelRequest(effective_at=on), looks_first=looks_first)
        ends_at = contract.end_on(on, self.now) if on else contract.current[1]
        contract.wishes["cancel"] = Wish("cancel", ends_at)
        assert made.effective_at == ends_at

    def undo(self, key: int) -> None:
        wishes = self.contracts[key].wishes
        change = self.ask(key, UndoRequest(), looks_first=False).change
        assert change is not None
        del wishes["cancel" if change.kind == ChangeKind.CANCEL else "change"]

    def pause(self, key: int, *, resumes_at: datetime | None, looks_first: bool) -> None:
        contract, request = self.contracts[key], PauseRequest(resume_at=resumes_at)
        if self._catch_up(contract, request, lambda one: one.status in ("active", "trialing")):
            self.ask(key, request, looks_first=looks_first)
            contract.wishes["pause"], contract.resumes_at = Wish("pause", self.now), resumes_at
            self.account.issue(contract.turn(self.now, self.zone), self.now)

    def resume(self, key: int, *, looks_first: bool) -> None:
        contract = self.contracts[key]
        self.ask(key, ResumeRequest(), looks_first=looks_first)
        self.account.issue(contract.resume(self.now, self.zone), self.now)

    # -- usage, the customer, invoices ----------------------------------------------------------------------

    def use(self, meter: str, value: int, *, ago: timedelta) -> None:
        event = Event(self.now - ago, meter, value)
        name = f"event-{self.prefix}-{next(self._ids)}"
        sent = make_event(
            self.customer,
            self.meters[meter].event_name,
            id=name,
            timestamp=event.at,
            properties={"value": value},
        )
        (answer,) = send(self.customer, sent)
        assert answer.errors is None
        self.usage.append(event)
        self.events.append((name, event))

    def void_event(self, number: int) -> None:
        name, event = self.events[number % len(self.events)]
        void_event(
            brand_id=self.customer.brand_id,
            livemode=self.customer.livemode,
            event=EventReference(id=name),
            received_at=NOW,
        )
        event.counts = False

    def move(self, zone: str) -> None:
        self.zone = zone
        update_customer(customer_id=self.customer.pk, changes={"time_zone": zone}, at=self.now)
        self.customer.refresh_from_db()

    def voidable(self) -> list[tuple[Bill, int]]:
        """Open bills with their invoices' keys; none with usage, or of which something was given back."""
        keys = Invoice.objects.filter(customer=self.customer).order_by("id").values_list("pk", flat=True)
        found = zip(self.account.bills, keys, strict=True)
        return [(bill, key) for bill, key in found if bill.is_open and not bill.noted and _is_plain(bill)]

    def void(self, bill: Bill, key: int) -> None:
        void_unpaid_invoice(invoice_id=key, reason="Wrong", at=self.now)
        self.account.void(bill)

    def give_credit(self, amount: int) -> None:
        adjust_balance(
            customer=self.customer, currency=self.currency, amount_minor=amount, note="Sorry", at=self.now
        )
        self.account.balance += amount


def _is_plain(bill: Bill) -> bool:
    taken = (one for line in bill.lines for one in line.taken_by)
    return all(line.kind != "usage" for line in bill.lines) and all(one.is_void for one in taken)


def _told_by(bill: UpcomingBill, number: int) -> Counter[Told]:
    return Counter(_told(charge, number) for charge in bill.charges)


def _told(charge: Charge, number: int) -> Told:
    code = charge.key.split(":")[1]
    period = charge.period_start, charge.period_end
    return Told(number, charge.kind, code, *period, int(charge.quantity), charge.amount.minor)
