"""A year of the demo shop, day by day, through the services that a real year would use."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Callable, Collection
from datetime import datetime, timedelta

from apps.accounts.models import Brand
from apps.billing.services.clocks.advance_clock import advance_clock
from apps.billing.services.subscriptions.cancel import cancel_at_period_end, cancel_now
from apps.billing.services.subscriptions.change_plan import change_plan_at_period_end
from apps.billing.services.subscriptions.subscribe import Purchase, subscribe
from apps.customers.enums import ConsentKind
from apps.customers.models import Customer, TestClock
from apps.customers.services.create_customer import create_customer
from apps.customers.services.record_consent import record_consent
from apps.payments.selectors import default_method
from apps.scenarios.demo import changes, perks
from apps.scenarios.demo.people import Person
from apps.scenarios.demo.usage import send_late_usage, send_usage
from apps.scenarios.gateway_control import save_card, set_card_behaviour
from apps.subscriptions.enums import CancelReason, ChangeStatus, SubscriptionStatus, UnusedPart
from apps.subscriptions.models import ScheduledChange, Subscription
from apps.subscriptions.services.withdraw_change import withdraw_change

Errand = Callable[[datetime], None]

CONSENT = "I agree that the stored card is charged for each period until I cancel."
REASONS = (
    CancelReason.TOO_EXPENSIVE,
    CancelReason.UNUSED,
    CancelReason.MISSING_FEATURES,
    CancelReason.SWITCHED_SERVICE,
)
PAID_PLANS = ("starter", "team", "scale", "team-yearly", "platform")


class DemoYear:
    """Plays the year on one test clock. Only services write; the seed decides every accident."""

    def __init__(self, *, brand: Brand, test_clock: TestClock, people: list[Person], seed: int) -> None:
        self.brand = brand
        self.test_clock = test_clock
        self.chance = random.Random(seed)  # noqa: S311 - a story, not a secret
        self.arrivals: dict[int, list[Person]] = defaultdict(list)
        self.errands: dict[int, list[Errand]] = defaultdict(list)
        self.busyness: dict[int, int] = {}
        self.sellers: set[int] = set()
        self.arrived = 0
        for person in people:
            self.arrivals[person.day].append(person)

    def play_day(self, day: int, at: datetime) -> None:
        """Let time pass to `at`, then do what people do on this day."""
        advance_clock(clock_id=self.test_clock.pk, to=at)
        for person in self.arrivals.pop(day, ()):
            self._sign_up(person, day, at)
        for errand in self.errands.pop(day, ()):
            errand(at)
        send_usage(
            brand=self.brand, busyness=self.busyness, sellers=self.sellers, chance=self.chance, day=day, at=at
        )
        if day % 60 == 40 and self.busyness:
            send_late_usage(brand=self.brand, customer_id=min(self.busyness), at=at)
        if day % 30 == 12:
            self._some_cards_run_dry(day, at)
        if day % 30 == 20 and day > 50:
            self._some_leave(day, at)
        if day % 30 == 24 and day > 60:
            self._some_change_plan(at)
        if day > 60:
            self._some_do_not_wait(day, at)

    def _sign_up(self, person: Person, day: int, at: datetime) -> None:
        self.arrived += 1
        number = self.arrived
        customer = self._create(person, number, at)
        if person.plan != "free":
            perks.redeem_some(customer=customer, number=number, at=at)
        needs_card = person.plan in ("team", "team-yearly", "scale")
        if needs_card:
            self._save_card(customer, at)
        subscribe(
            customer=customer,
            purchase=Purchase(
                plan_code=person.plan,
                quantity=person.seats if person.plan.startswith("team") else 1,
            ),
            at=at,
        )
        if person.plan == "starter" and person.adds_card:
            self.errands[day + 9].append(lambda later: self._save_card(customer, later))
        if person.plan == "scale":
            self.busyness[customer.pk] = person.busyness
            perks.fill_wallet(customer=customer, number=len(self.busyness), at=at)

    def _create(self, person: Person, number: int, at: datetime) -> Customer:
        place = person.place
        return create_customer(
            brand=self.brand,
            livemode=False,
            at=at,
            test_clock=self.test_clock,
            name=person.name,
            email=person.email,
            currency=place.currency,
            country=place.country,
            city=place.city,
            postal_code=place.postal_code,
            region=place.region,
            address_lines=[place.street],
            tax_id=perks.tax_id_of(place.country, number),
            time_zone=place.zone,
            locale=place.locale,
        )

    def _save_card(self, customer: Customer, at: datetime) -> None:
        method = save_card(customer=customer, at=at)
        record_consent(
            customer=customer,
            kind=ConsentKind.RECURRING_CHARGE,
            text=CONSENT,
            user=None,
            ip=None,
            subject=method.public_id,
            at=at,
        )

    def _paying(self, plans: Collection[str] = PAID_PLANS) -> list[Subscription]:
        """Paying subscriptions of the shop without anything scheduled, in an order that the seed shuffles."""
        pending = ScheduledChange.objects.filter(status=ChangeStatus.PENDING)
        rows = list(
            Subscription.objects.filter(
                customer__test_clock=self.test_clock,
                status=SubscriptionStatus.ACTIVE,
                plan_version__plan__code__in=plans,
            )
            .exclude(pk__in=pending.values("subscription"))
            .select_related("customer", "plan_version__plan")
            .order_by("pk")
        )
        self.chance.shuffle(rows)
        return rows

    def _some_cards_run_dry(self, day: int, at: datetime) -> None:
        """Before their next renewal a few cards stop working; most come back, one way or another."""
        soon = [s for s in self._paying() if timedelta() < s.current_period_ends_at - at < timedelta(days=25)]
        for number, subscription in enumerate(soon[: 2 + len(soon) // 15]):
            method = default_method(subscription.customer_id)
            if method is None:
                continue
            set_card_behaviour(method=method, behaviour="insufficient_funds")
            failed = day + (subscription.current_period_ends_at - at).days + 1
            if number % 3 == 0:
                self.errands[failed + 4].append(
                    lambda later, owner=subscription.customer: self._save_card(owner, later)  # type: ignore[misc]
                )
            elif number % 3 == 1:
                self.errands[failed + 4].append(
                    lambda _, card=method: set_card_behaviour(method=card, behaviour="ok")  # type: ignore[misc]
                )
            else:
                self.errands[failed + 20].append(
                    lambda later, lost=subscription: _give_up(lost, later)  # type: ignore[misc]
                )

    def _some_leave(self, day: int, at: datetime) -> None:
        rows = self._paying()
        for number, subscription in enumerate(rows[: 2 + len(rows) // 25]):
            reason = self.chance.choice(REASONS)
            cancel_at_period_end(subscription=subscription, reason=reason, comment="", at=at)
            if number == 1:
                self.errands[day + 2].append(
                    lambda later, stays=subscription: _stay(stays, later)  # type: ignore[misc]
                )

    def _some_change_plan(self, at: datetime) -> None:
        for subscription in self._paying()[:3]:
            code = subscription.plan_version.plan.code
            if code == "starter":
                change_plan_at_period_end(subscription=subscription, plan_code="team", quantity=4, at=at)
            elif code == "team":
                more = max(1, subscription.quantity + self.chance.choice((-2, 3, 6)))
                if more != subscription.quantity:
                    change_plan_at_period_end(
                        subscription=subscription, plan_code="team", quantity=more, at=at
                    )

    def _some_do_not_wait(self, day: int, at: datetime) -> None:
        """One customer a month for each thing that cuts a period which is paid."""
        if day % 30 == 5:
            for subscription in self._paying(("starter", "team"))[:1]:
                changes.take_a_break(subscription, at)
        if day % 30 == 8:
            for plan in changes.MOVES:
                for subscription in self._paying((plan,))[:1]:
                    changes.move_at_once(subscription, at)
                    if plan == "scale":
                        self.sellers.add(subscription.customer_id)
        if day % 60 == 16:
            for subscription, unused in zip(
                self._paying(("team", "scale")), (UnusedPart.CREDIT_NOTE, UnusedPart.REFUND), strict=False
            ):
                changes.leave_at_once(subscription, unused, at)


def _give_up(subscription: Subscription, at: datetime) -> None:
    subscription.refresh_from_db()
    if subscription.status == SubscriptionStatus.PAST_DUE:
        cancel_now(subscription_id=subscription.pk, reason=CancelReason.PAYMENT_FAILED, comment="", at=at)


def _stay(subscription: Subscription, at: datetime) -> None:
    if subscription.changes.filter(status=ChangeStatus.PENDING).exists():
        withdraw_change(subscription_id=subscription.pk, at=at)
