"""Reads about customers: never another brand's, never the other mode's."""

from __future__ import annotations

from datetime import datetime

from django.db.models import DateTimeField, QuerySet, Subquery, Value
from django.db.models.expressions import Combinable

from apps.core import clock
from apps.core.due_work import Scope
from apps.customers.enums import ConsentKind, TestClockStatus
from apps.customers.errors import CustomerNotFound, TestClockNotFound
from apps.customers.models import Consent, Customer, Invitation, Member, TestClock


def now_for(customer: Customer) -> datetime:
    """The instant (UTC) in which this customer lives: its test clock's, else real time.

    Only delivery code calls this; services are told the instant as `at`.
    """
    test_clock = customer.test_clock
    if test_clock is None or test_clock.status == TestClockStatus.RELEASED:
        return clock.now()
    return test_clock.now_at


def clock_time(test_clock_id: int | None) -> datetime | None:
    """Where a test clock stands (UTC); None without one."""
    if test_clock_id is None:
        return None
    return TestClock.objects.values_list("now_at", flat=True).get(pk=test_clock_id)


def scope_time(scope: Scope) -> Combinable:
    """The present of a scope (UTC), to be asked inside a query: where its test clock stands, or now."""
    if scope.test_clock_id is None:
        return Value(clock.now(), output_field=DateTimeField())
    return Subquery(TestClock.objects.filter(pk=scope.test_clock_id).values("now_at"))


def get_customer(*, brand_id: int, livemode: bool, reference: str) -> Customer:
    """The customer with this public id or external id.

    Raises:
        CustomerNotFound: none in this brand and mode (404).
    """
    own = Customer.objects.select_related("test_clock", "brand").filter(brand_id=brand_id, livemode=livemode)
    found = own.filter(public_id=reference).first() or own.filter(external_id=reference).first()
    if found is None:
        raise CustomerNotFound(f"There is no customer '{reference}'.", field="customer")
    return found


def customers_of(*, brand_id: int, livemode: bool) -> QuerySet[Customer]:
    """Every customer of a brand in one mode, with its clock."""
    own = Customer.objects.filter(brand_id=brand_id, livemode=livemode)
    return own.select_related("test_clock", "brand")


def customer_with_external_id(*, brand_id: int, livemode: bool, external_id: str) -> Customer | None:
    """The customer that the integrator knows by this id, or None."""
    own = customers_of(brand_id=brand_id, livemode=livemode)
    return own.filter(external_id=external_id).first()


def get_customer_by_external_id(*, brand_id: int, livemode: bool, external_id: str) -> Customer:
    """The customer that the integrator knows by this id.

    Raises:
        CustomerNotFound: none in this brand and mode (404).
    """
    found = customer_with_external_id(brand_id=brand_id, livemode=livemode, external_id=external_id)
    if found is None:
        raise CustomerNotFound(f"There is no customer '{external_id}'.", field="external_id")
    return found


def customers_of_user(*, user_id: int, livemode: bool | None = None) -> QuerySet[Customer]:
    """The customers that a person may act for, in the order of their names."""
    own = Customer.objects.filter(members__user_id=user_id).select_related("brand", "test_clock")
    return (own if livemode is None else own.filter(livemode=livemode)).order_by("name", "pk")


def membership_of(*, customer: Customer, user_id: int) -> Member | None:
    """In which role a person acts for a customer; None when not at all."""
    return Member.objects.filter(customer=customer, user_id=user_id).first()


def members_of(customer: Customer) -> QuerySet[Member]:
    """The members with their users, oldest first."""
    return customer.members.select_related("user").order_by("created_at", "pk")


def open_invitations(customer: Customer, *, at: datetime) -> QuerySet[Invitation]:
    """Offers that can be accepted at `at` (real time), oldest first."""
    offers = customer.invitations.filter(accepted_at=None, withdrawn_at=None, expires_at__gt=at)
    return offers.order_by("created_at", "pk")


def test_clocks_of(*, brand_id: int, livemode: bool) -> QuerySet[TestClock]:
    """The test clocks of a brand; live mode has none."""
    return TestClock.objects.filter(brand_id=brand_id, livemode=livemode)


def get_test_clock(*, brand_id: int, livemode: bool, reference: str) -> TestClock:
    """The test clock with this public id.

    Raises:
        TestClockNotFound: none in this brand and mode (404).
    """
    own = test_clocks_of(brand_id=brand_id, livemode=livemode)
    found = own.filter(public_id=reference).first()
    if found is None:
        raise TestClockNotFound(f"There is no test clock '{reference}'.", field="test_clock")
    return found


def latest_consent(*, customer: Customer, kind: ConsentKind, subject: str = "") -> Consent | None:
    """The newest consent of a kind, about one thing if `subject` names it."""
    given = customer.consents.filter(kind=kind)
    return (given.filter(subject=subject) if subject else given).order_by("-given_at", "-pk").first()
