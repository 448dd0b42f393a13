from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from apps.billing.services.run.bill_customer import bill_customer
from apps.billing.services.run.finalize_waiting import finalize_waiting
from tests.billing.usage.late import FEB, report, subscribed
from tests.factories.billing import utc
from tests.factories.customers import make_brand, make_customer, make_member


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
