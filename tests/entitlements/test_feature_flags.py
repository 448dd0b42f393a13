from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest
from django.test import Client, RequestFactory
from django.urls import reverse
from waffle import flag_is_active

from apps.billing.services.subscriptions.cancel import cancel_now
from apps.customers.models import Customer
from apps.entitlements.models import FeatureFlag
from apps.entitlements.selectors import feature_is_on
from tests.factories.billing import STARTED_AT, subscribe_to
from tests.factories.customers import make_brand, make_customer, make_user
from tests.factories.plans import make_plan

pytestmark = pytest.mark.django_db

NAME = "portal_usage_export"


def make_flag(**fields: Any) -> FeatureFlag:
    return FeatureFlag.objects.create(name=NAME, **fields)


def is_on(customer: Customer) -> bool:
    """Both ways of asking give one answer."""
    by_customer = feature_is_on(name=NAME, customer=customer)
    assert bool(flag_is_active(request_of(customer), NAME)) == by_customer
    return by_customer


def request_of(customer: Customer | None, user: Any = None) -> HttpRequest:
    request = RequestFactory().get("/")
    request.user = user or AnonymousUser()
    if customer is not None:
        request.customer = customer  # type: ignore[attr-defined]
    return request


def test_flag_that_nobody_has_made_is_the_default(settings) -> None:
    customer = make_customer()
    assert not is_on(customer)

    settings.WAFFLE_FLAG_DEFAULT = True

    assert is_on(customer)


def test_flag_without_any_target_is_off() -> None:
    make_flag()

    assert not is_on(make_customer())


def test_flag_for_customers_is_on_for_these_only() -> None:
    customer, other = make_customer(), make_customer()
    make_flag().customers.add(customer)

    assert (is_on(customer), is_on(other)) == (True, False)


def test_flag_for_plans_is_on_for_their_subscribers_while_they_are() -> None:
    plan = make_plan()
    make_flag().plans.add(plan)
    subscription = subscribe_to(plan).subscription
    other = subscribe_to(make_plan()).subscription

    assert (is_on(subscription.customer), is_on(other.customer)) == (True, False)

    cancel_now(subscription_id=subscription.pk, reason="unused", comment="", at=STARTED_AT)

    assert not is_on(subscription.customer)


def test_everyone_decides_alone() -> None:
    customer = make_customer()
    flag = make_flag(everyone=False)
    flag.customers.add(customer)
    assert not is_on(customer)

    flag.everyone = True
    flag.save()

    assert is_on(make_customer())


def test_percentage_is_a_fixed_share_that_only_grows() -> None:
    brand = make_brand()
    customers = [make_customer(brand=brand) for _ in range(200)]
    flag = make_flag(percent=Decimal("20.0"))
    few = {customer.pk for customer in customers if flag.is_active_for_customer(customer)}

    flag.percent = Decimal("60.0")

    more = {customer.pk for customer in customers if flag.is_active_for_customer(customer)}
    assert few < more
    # Six standard deviations of a fair draw: 200 times 0.2 and 0.6.
    assert 6 <= len(few) <= 74
    assert 78 <= len(more) <= 162
    flag.save()
    assert [is_on(customer) for customer in customers[:5]] == [
        customer.pk in more for customer in customers[:5]
    ]


def test_percentage_zero_and_none_are_nobody() -> None:
    customers = [make_customer() for _ in range(5)]

    assert not any(FeatureFlag(pk=1, name="x", percent=None).is_active_for_customer(c) for c in customers)
    assert not any(
        FeatureFlag(pk=1, name="x", percent=Decimal(0)).is_active_for_customer(c) for c in customers
    )


def test_flag_for_people_is_on_whatever_customer_they_act_for() -> None:
    staff = make_user(is_staff=True)
    make_flag(staff=True)
    customer = make_customer()

    assert flag_is_active(request_of(customer, staff), NAME)
    assert not flag_is_active(request_of(customer, make_user()), NAME)
    assert not flag_is_active(request_of(None, make_user()), NAME)


def test_admin_page_of_a_flag_takes_plans_and_customers(settings) -> None:
    # The second factor is another test's subject.
    settings.STAFF_MFA_REQUIRED = False
    client = Client()
    client.force_login(make_user(is_staff=True, is_superuser=True))
    plan, customer = make_plan(), make_customer()

    answer = client.post(
        reverse("admin:entitlements_featureflag_add"),
        {
            "name": NAME,
            "everyone": "unknown",
            "plans": [plan.pk],
            "customers": str(customer.pk),
            "languages": "",
        },
    )

    assert answer.headers.get("Location") == reverse("admin:entitlements_featureflag_changelist"), (
        answer.content.decode()
    )
    flag = FeatureFlag.objects.get()
    assert (list(flag.plans.all()), list(flag.customers.all())) == ([plan], [customer])
