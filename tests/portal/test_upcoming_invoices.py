from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from apps.billing.services.run.bill_customer import bill_customer
from apps.billing.services.run.finalize_waiting import finalize_waiting
from apps.promos.services.redeem import redeem_coupon
from tests.billing.usage.late import FEB, report, subscribed
from tests.factories.billing import utc
from tests.factories.customers import make_brand, make_customer, make_member
from tests.factories.promos import make_percent_coupon
from tests.factories.taxes import make_registration, ship_rates


@pytest.mark.django_db
def test_an_invoice_that_waits_for_late_usage_is_upcoming_until_it_is_issued() -> None:
    customer = make_customer(brand=make_brand(invoice_grace_hours=48))
    subscription = subscribed(customer=customer)
    report(subscription, utc(2026, 1, 5))
    (draft,) = bill_customer(customer_id=customer.pk, at=FEB)
    client = Client()
    client.force_login(make_member(customer=customer).user)
    path = reverse("portal:invoices")

    before = client.get(path).content.decode()
    finalize_waiting(invoice_id=draft.pk, at=FEB)
    after = client.get(path).content.decode()

    assert "Upcoming" in before
    assert "€12.00" in before
    assert "Upcoming" not in after
    assert client.get(reverse("portal:invoice", args=[draft.public_id])).status_code == 200


@pytest.mark.django_db
def test_an_upcoming_invoice_shows_its_discount_and_its_tax() -> None:
    brand = make_brand(invoice_grace_hours=48, country="DE")
    make_registration(brand, "DE")
    ship_rates()
    customer = make_customer(brand=brand, country="DE")
    coupon = make_percent_coupon("10", brand=brand, duration="forever")
    redeem_coupon(customer=customer, code=coupon.code, at=utc(2026, 1, 1))
    subscription = subscribed(customer=customer)
    report(subscription, utc(2026, 1, 5))
    bill_customer(customer_id=customer.pk, at=FEB)
    client = Client()
    client.force_login(make_member(customer=customer).user)

    page = client.get(reverse("portal:invoices")).content.decode()

    # 12.00 less 10 %, and 19 % of 10.80.
    for amount in ("€12.00", "€1.20", "€2.05", "€12.85"):
        assert amount in page
