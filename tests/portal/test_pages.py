from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from apps.customers.enums import MemberRole
from tests.factories.billing import subscribe_to
from tests.factories.customers import make_customer, make_member, make_test_clock, make_user
from tests.factories.plans import flat_price, make_free_plan, make_meter, make_plan, metered_price, seat_price

pytestmark = pytest.mark.django_db


def test_smoke(settings) -> None:
    customer = make_customer(test_clock=make_test_clock())
    user = make_user()
    make_member(customer=customer, user=user, role=MemberRole.OWNER)
    meter = make_meter()
    plan = make_plan(prices=[flat_price(), seat_price(), metered_price(meter)])
    make_free_plan()
    sub = subscribe_to(plan, customer=customer, quantity=3, at=customer.test_clock.now_at)
    client = Client()
    client.force_login(user)
    invoice = sub.invoices[0]
    for name, args in [
        ("home", []),
        ("privacy", []),
        ("pricing", []),
        ("welcome", []),
        ("switch_customer", []),
        ("subscription", []),
        ("subscription_detail", [sub.subscription.public_id]),
        ("change_plan", [sub.subscription.public_id]),
        ("cancel", [sub.subscription.public_id]),
        ("usage", []),
        ("usage_csv", [sub.subscription.public_id, meter.code]),
        ("invoices", []),
        ("invoice", [invoice.public_id]),
        ("invoice_pdf", [invoice.public_id]),
        ("payment", []),
        ("billing_details", []),
        ("edit_billing_details", []),
        ("team", []),
        ("invite", []),
    ]:
        response = client.get(reverse(f"portal:{name}", args=args))
        print(name, response.status_code)
        assert response.status_code == 200, (name, response.content[:500])
    response = client.get(reverse("portal:change_plan", args=[sub.subscription.public_id]) + "?plan=free")
    assert response.status_code == 200
