"""One trial for each mailbox and card, also where several come in the same instant."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection

from apps.billing.services.subscriptions import subscribe as subscribing
from apps.billing.services.subscriptions.subscribe import Purchase, subscribe
from apps.customers.models import Customer
from apps.plans.models import Plan
from apps.subscriptions.enums import CollectionMethod
from tests.factories.billing import make_card, utc
from tests.factories.customers import make_brand, make_customer
from tests.factories.plans import make_plan

pytestmark = pytest.mark.real_commits

AT = utc(2026, 1, 1, 9)
ALIASES = ("ada@gmail.com", "a.da@gmail.com", "ada+2@gmail.com", "Ada@googlemail.com")


@pytest.fixture
def looked_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each looks for an earlier trial before anyone goes on: without a lock all find none."""
    barrier = Barrier(len(ALIASES), timeout=30)
    real, looked = subscribing.terms_of_purchase, set()

    def terms_of_purchase(*, customer: Customer, purchase: Purchase) -> object:
        terms = real(customer=customer, purchase=purchase)
        if customer.pk not in looked:
            looked.add(customer.pk)
            barrier.wait()
        return terms

    monkeypatch.setattr(subscribing, "terms_of_purchase", terms_of_purchase)


def trials_of(customers: list[Customer], plan: Plan) -> list[str]:
    def one(customer: Customer) -> str:
        purchase = Purchase(plan.code, collection_method=CollectionMethod.SEND_INVOICE)
        try:
            return subscribe(customer=customer, purchase=purchase, at=AT).subscription.status
        finally:
            connection.close()

    with ThreadPoolExecutor(len(customers)) as pool:
        return sorted(pool.map(one, customers))


@pytest.mark.usefixtures("looked_at_once")
def test_aliases_of_one_mailbox_in_one_instant_get_one_trial() -> None:
    plan, brand = make_plan(version={"trial_days": 10}), make_brand()
    customers = [make_customer(brand=brand, email=email) for email in ALIASES]

    assert trials_of(customers, plan) == ["active", "active", "active", "trialing"]


@pytest.mark.usefixtures("looked_at_once")
def test_holders_of_one_card_in_one_instant_get_one_trial() -> None:
    plan, brand = make_plan(version={"trial_days": 10}), make_brand()
    customers = [make_customer(brand=brand, email=f"holder{n}@example.com") for n in range(len(ALIASES))]
    for customer in customers:
        make_card(customer, fingerprint="card-of-all")

    assert trials_of(customers, plan) == ["active", "active", "active", "trialing"]
