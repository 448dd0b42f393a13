"""Lives of a customer, drawn at random: one rule for each thing that somebody can do."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from tests.simulation.catalog import CURRENCIES, METERS, ZONES, Plan, plans
from tests.simulation.checks import check_world
from tests.simulation.oracle import Contract
from tests.simulation.world import MOST_SUBSCRIPTIONS, World

DAYS = [(2026, 1, 31), (2026, 3, 27), (2027, 10, 30), (2028, 2, 29), (2026, 12, 31)]
which = st.integers(0, 7)
quantities = st.integers(1, 4)
values = st.sampled_from([1, 3, 8, 15, 40])


class Life(RuleBasedStateMachine):
    """A customer with up to three subscriptions, beside the model; every step is checked to the cent."""

    world: World

    @initialize(
        sold=st.tuples(plans(0), plans(1), plans(2)),
        currency=st.sampled_from(list(CURRENCIES)),
        zone=st.sampled_from(ZONES),
        day=st.sampled_from(DAYS),
        hour=st.integers(0, 23),
        closes_zero=st.booleans(),
        quantity=quantities,
    )
    def begin(
        self,
        sold: tuple[Plan, ...],
        currency: str,
        zone: str,
        day: tuple[int, int, int],
        hour: int,
        closes_zero: bool,
        quantity: int,
    ) -> None:
        starts_at = datetime(*day, hour, 30, tzinfo=UTC)
        self.world = World(
            plans=sold, currency=currency, zone=zone, starts_at=starts_at, closes_zero=closes_zero
        )
        self.world.subscribe(sold[0], quantity if sold[0].has_seats else 1, 0)

    # -- which ones ----------------------------------------------------------------------------------------

    def some(self, number: int, *statuses: str) -> int | None:
        """A subscription in one of the states that is not overdue, if there is any."""
        found = [
            key for key, one in self.world.contracts.items() if one.status in statuses and self._on_time(one)
        ]
        return found[number % len(found)] if found else None

    def any_live(self, number: int) -> int | None:
        """A subscription that has not ended, be it overdue or not."""
        found = [key for key, one in self.world.contracts.items() if one.ended_at is None]
        return found[number % len(found)] if found else None

    def _in(self, days: int) -> datetime | None:
        return self.world.now + timedelta(days=days) if days else None

    def _on_time(self, contract: Contract) -> bool:
        return contract.next_at is None or contract.next_at > self.world.now

    def _wanted(self, plan: int, quantity: int) -> tuple[Plan, int]:
        wanted = self.world.plans[plan]
        return wanted, quantity if wanted.has_seats else 1

    # -- time ----------------------------------------------------------------------------------------------

    @rule(days=st.sampled_from([1, 3, 10, 17, 31, 45, 100]))
    def days_pass(self, days: int) -> None:
        self.world.advance(self.world.now + timedelta(days=days))

    @rule(days=st.sampled_from([0, 1, 10, 31]), minutes=st.sampled_from([1, 61, 719, 1439]))
    def odd_hours_pass(self, days: int, minutes: int) -> None:
        self.world.advance(self.world.now + timedelta(days=days, minutes=minutes))

    @rule(days=st.sampled_from([10, 31, 45]))
    def process_dies_on_the_way(self, days: int) -> None:
        self.world.advance(self.world.now + timedelta(days=days), crash=True)

    @rule(days=st.sampled_from([1, 10, 31]), minutes=st.sampled_from([0, 61]))
    def power_is_lost(self, days: int, minutes: int) -> None:
        self.world.lose_power(self.world.now + timedelta(days=days, minutes=minutes))

    # -- subscriptions -------------------------------------------------------------------------------------

    @precondition(lambda self: len(self.world.contracts) < MOST_SUBSCRIPTIONS)
    @rule(plan=st.integers(0, 2), quantity=quantities, trial_days=st.sampled_from([0, 1, 14, 30]))
    def subscribe(self, plan: int, quantity: int, trial_days: int) -> None:
        self.world.subscribe(*self._wanted(plan, quantity), trial_days)

    @rule(number=which, plan=st.integers(0, 2), quantity=quantities, looks_first=st.booleans())
    def change_plan_now(self, number: int, plan: int, quantity: int, looks_first: bool) -> None:
        key = self.any_live(number)
        if key is not None:
            self.world.change_now(key, *self._wanted(plan, quantity), looks_first=looks_first)

    @rule(number=which, quantity=quantities, looks_first=st.booleans())
    def change_quantity_now(self, number: int, quantity: int, looks_first: bool) -> None:
        key = self.any_live(number)
        if key is not None and (plan := self.world.contracts[key].plan).has_seats:
            self.world.change_now(key, plan, quantity, looks_first=looks_first)

    @rule(
        number=which,
        plan=st.integers(0, 2),
        quantity=quantities,
        days=st.sampled_from([0, 0, 5, 20]),
        looks_first=st.booleans(),
    )
    def change_plan_later(self, number: int, plan: int, quantity: int, days: int, looks_first: bool) -> None:
        key = self.some(number, "active", "trialing")
        if key is not None:
            wanted, on = self._wanted(plan, quantity), self._in(days)
            self.world.change_later(key, *wanted, on=on, looks_first=looks_first)

    @rule(number=which, looks_first=st.booleans())
    def cancel_now(self, number: int, looks_first: bool) -> None:
        key = self.any_live(number)
        if key is not None:
            self.world.cancel_now(key, looks_first=looks_first)

    @rule(number=which, days=st.sampled_from([0, 0, 5, 20, 40]), looks_first=st.booleans())
    def cancel_later(self, number: int, days: int, looks_first: bool) -> None:
        key = self.some(number, "active", "trialing")
        if key is not None:
            self.world.cancel_later(key, on=self._in(days), looks_first=looks_first)

    @rule(number=which)
    def undo(self, number: int) -> None:
        found = [key for key, one in self.world.contracts.items() if one.wishes]
        if found:
            self.world.undo(found[number % len(found)])

    @rule(number=which, days=st.sampled_from([0, 0, 5, 40]), looks_first=st.booleans())
    def pause(self, number: int, days: int, looks_first: bool) -> None:
        key = self.any_live(number)
        # The model does not know that what was paid of a period that is not prorated stays paid through a
        # pause: tests/billing/subscriptions/test_stop_with_credit.py holds that.
        if key is not None and self.world.contracts[key].plan.prorates:
            self.world.pause(key, resumes_at=self._in(days), looks_first=looks_first)

    @rule(number=which, looks_first=st.booleans())
    def resume(self, number: int, looks_first: bool) -> None:
        key = self.some(number, "paused")
        if key is not None:
            self.world.resume(key, looks_first=looks_first)

    # -- usage, the customer, invoices ---------------------------------------------------------------------

    @rule(meter=st.sampled_from(METERS), value=values)
    def use(self, meter: str, value: int) -> None:
        self.world.use(meter, value, ago=timedelta(0))

    @rule(meter=st.sampled_from(METERS), value=values, days=st.sampled_from([1, 10, 20, 31, 60]))
    def report_late(self, meter: str, value: int, days: int) -> None:
        self.world.use(meter, value, ago=timedelta(days=days))

    @precondition(lambda self: self.world.events)
    @rule(number=st.integers(0, 30))
    def void_event(self, number: int) -> None:
        self.world.void_event(number)

    @rule(zone=st.sampled_from(ZONES))
    def move_to_another_zone(self, zone: str) -> None:
        self.world.move(zone)

    @rule(number=which)
    def void_an_unpaid_invoice(self, number: int) -> None:
        found = self.world.voidable()
        if found:
            self.world.void(*found[number % len(found)])

    @rule(amount=st.sampled_from([1, 333, 2500, 100_000]))
    def staff_give_credit(self, amount: int) -> None:
        self.world.give_credit(amount)

    @invariant()
    def all_is_as_the_model_says(self) -> None:
        if hasattr(self, "world"):
            check_world(self.world)
