"""Plays a scenario through the real services, on a test clock, with real commits."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from apps.accounts.enums import DiscountAllocationName, DiscountOrderName, TaxRoundingName
from apps.accounts.models import Brand
from apps.billing.models import ParkedCustomer
from apps.billing.services.catalog.import_catalog import import_catalog
from apps.billing.services.clocks.advance_clock import advance_clock
from apps.core.errors import DomainError
from apps.customers.models import Customer
from apps.customers.services.create_customer import create_customer
from apps.customers.services.create_test_clock import create_test_clock
from apps.customers.services.set_billing_day import set_billing_day
from apps.scenarios.timeline.compare import differences_at, unexpected_after
from apps.scenarios.timeline.coupons import make_coupons
from apps.scenarios.timeline.documents import Seen
from apps.scenarios.timeline.rules import lay_down_rules
from apps.scenarios.timeline.stage import Stage
from apps.scenarios.timeline.steps.perform import perform_step
from apps.scenarios.timeline.story import Step, Story
from apps.scenarios.timeline.taxes import lay_down_taxes

BRAND = {
    "code": "scenario",
    "name": "Scenario",
    "legal_name": "Scenario GmbH",
    "country": "DE",
    "support_email": "help@scenario.example",
    "invoice_prefix": "SCN",
}
_BRAND_FIELDS = {"time_zone": "default_time_zone"}
_BRAND_CHOICES: Mapping[str, Callable[[str], str]] = {
    "tax_rounding": TaxRoundingName,
    "discount_order": DiscountOrderName,
    "discount_allocation": DiscountAllocationName,
}
PROFILE = {"name": "Ada Lovelace", "email": "ada@scenario.example", "country": "DE"}


def play_story(*, story: Story, now: datetime) -> list[str]:
    """Let the story happen, and return what differs from what it expects, in order of time.

    A story needs a database without a brand of its code, and a gateway's sandbox where it saves cards.
    `now` is real time. Must not be called inside a transaction.

    Raises:
        DomainError: the catalog or the customer is refused.
    """
    stage = _set_stage(story, now)
    seen, differences = Seen(), list[str]()
    for entry in story.entries():
        _let_time_pass(stage, entry.at)
        if isinstance(entry, Step):
            differences += _play_step(stage, entry)
            # Charges that the step made due are collected now, as a worker would at once.
            _let_time_pass(stage, entry.at)
        else:
            differences += differences_at(stage, entry, seen)
    return [*differences, *unexpected_after(stage, seen), *_parked(stage)]


def _set_stage(story: Story, now: datetime) -> Stage:
    at = story.begins_at
    brand = _brand(story, at)
    if story.tax is not None:
        lay_down_taxes(brand=brand, tax=story.tax, at=at)
    import_catalog(text=story.catalog, filename=story.catalog_name, at=at)
    if story.rules is not None:
        lay_down_rules(rules=story.rules, currency=story.customer["currency"], at=at)
    make_coupons(brand=brand, coupons=story.coupons, currency=story.customer["currency"], at=at)
    test_clock = create_test_clock(brand=brand, livemode=False, now_at=at, at=now, name="Scenario")
    profile = {**PROFILE, **story.customer}
    billing_day = profile.pop("billing_day", None)
    customer = create_customer(brand=brand, livemode=False, at=at, test_clock=test_clock, **profile)
    if billing_day is not None:
        set_billing_day(customer=customer, day=int(billing_day))
    return Stage(story, test_clock, customer)


def _brand(story: Story, at: datetime) -> Brand:
    said = {_BRAND_FIELDS.get(name, name): value for name, value in story.brand.items()}
    for name, choices in _BRAND_CHOICES.items():
        if name in said:
            said[name] = choices(said[name])
    return Brand.objects.create(**BRAND | said, created_at=at)


def _let_time_pass(stage: Stage, to: datetime) -> None:
    advance_clock(clock_id=stage.test_clock.pk, to=to)
    # The customer's row carries its clock along: services ask it what time it is.
    stage.customer = Customer.objects.select_related("brand", "test_clock").get(pk=stage.customer.pk)


def _play_step(stage: Stage, step: Step) -> list[str]:
    try:
        perform_step(stage, step)
    except DomainError as error:
        if step.refused == error.code:
            return []
        return [f"{step.place}: refused: {error.code}: {error.message}"]
    except LookupError as error:
        return [f"{step.place}: there is no {error.args[0]}"]
    return [f"{step.place}: expected the refusal {step.refused!r}, but it was done"] if step.refused else []


def _parked(stage: Stage) -> list[str]:
    parked = ParkedCustomer.objects.filter(customer=stage.customer, released_at=None)
    return [f"billing stopped at {park.due_at.isoformat()}: {park.reason}" for park in parked]
