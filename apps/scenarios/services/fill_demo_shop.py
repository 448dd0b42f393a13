from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from apps.accounts.models import Brand
from apps.billing.services.clocks.advance_clock import advance_clock
from apps.core.errors import Conflict
from apps.customers.models import Customer
from apps.customers.services.create_test_clock import create_test_clock
from apps.customers.services.release_clock import release_clock
from apps.scenarios.demo import perks, shop
from apps.scenarios.demo.people import invent_people
from apps.scenarios.demo.year import DemoYear
from apps.scenarios.gateway_control import hold_webhooks
from apps.subscriptions.enums import SubscriptionStatus
from apps.subscriptions.models import Subscription

Progress = Callable[[int, int], None]
Now = Callable[[], datetime]

CLOCK_NAME = "The demo's year"
MID_PERIOD = timedelta(days=10)


@dataclass(frozen=True, slots=True)
class DemoSize:
    """How much happens; the seed makes the same story again."""

    customers: int = 120
    days: int = 365
    seed: int = 7


@dataclass(slots=True)
class DemoShop:
    """What was made, and who may log in."""

    brand: Brand
    logins: list[shop.Login] = field(default_factory=list)


def fill_demo_shop(*, size: DemoSize, now: Now, on_progress: Progress | None = None) -> DemoShop | None:
    """Open the demo's shop and let its past happen, up to the present; None when the shop is open already.

    All customers live through `size.days` days on one test clock, which is released at the end: from
    then on they live in real time. `now` tells real time; it is asked again at the end, because
    the present moves while the past is made.

    Raises:
        Conflict: an earlier filling was interrupted (409).
    """
    if Brand.objects.filter(code=shop.BRAND_CODE).exists():
        if Customer.objects.filter(test_clock__name=CLOCK_NAME).exists():
            raise Conflict("The demo shop was interrupted while it was filled: make it anew.")
        return None
    opened_at = now() - timedelta(days=size.days)
    brand = shop.make_brand(at=opened_at)
    shop.stock_catalog(at=opened_at)
    perks.register_for_tax(brand=brand, at=opened_at)
    perks.print_coupons(brand=brand, at=opened_at)
    shop.raise_flags()
    made = DemoShop(brand, [*shop.hire_staff(), *shop.issue_keys(brand=brand, at=now())])
    hold_webhooks(held=True)
    _live_through(brand, opened_at, size, now, on_progress)
    hold_webhooks(held=False)
    made.logins.extend(_invite_owners(brand, now()))
    return made


def _live_through(
    brand: Brand, opened_at: datetime, size: DemoSize, now: Now, on_progress: Progress | None
) -> None:
    test_clock = create_test_clock(brand=brand, livemode=False, now_at=opened_at, at=now(), name=CLOCK_NAME)
    people = invent_people(count=size.customers, days=size.days - 2, seed=size.seed)
    year = DemoYear(brand=brand, test_clock=test_clock, people=people, seed=size.seed)
    for day in range(size.days):
        year.play_day(day, opened_at + timedelta(days=day))
        if on_progress is not None:
            on_progress(day + 1, size.days)
    present = now()
    advance_clock(clock_id=test_clock.pk, to=present)
    release_clock(test_clock_id=test_clock.pk, at=present)


def _invite_owners(brand: Brand, at: datetime) -> list[shop.Login]:
    """Portal logins for customers worth looking at: busy, in seats, with a minimum, and in trouble."""
    wanted = (
        ("scale", SubscriptionStatus.ACTIVE),
        ("team", SubscriptionStatus.ACTIVE),
        ("platform", SubscriptionStatus.ACTIVE),
        (None, SubscriptionStatus.PAST_DUE),
    )
    logins = []
    for plan, status in wanted:
        rows = Subscription.objects.filter(brand=brand, status=status).order_by("created_at")
        if plan is not None:
            rows = rows.filter(plan_version__plan__code=plan)
        rows = rows.select_related("customer")
        # In the middle of a period there is something to see on the usage page.
        found = rows.filter(current_period_starts_at__lte=at - MID_PERIOD).first() or rows.first()
        if found is not None:
            logins.append(shop.invite_owner(customer=found.customer, at=at))
    return logins
