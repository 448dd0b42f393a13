from __future__ import annotations

import pytest
from django.urls import reverse

from apps.audit.models import Event
from apps.billing.services.run.bill_customer import bill_customer
from apps.invoices.models import Invoice
from apps.plans.enums import LateUsage
from tests.billing.usage.late import FEB, bill, report, subscribed
from tests.factories.billing import utc
from tests.factories.customers import make_brand, make_customer
from tests.factories.staff import staff_client

pytestmark = pytest.mark.django_db


def test_rerating_shows_what_differs_before_it_is_applied() -> None:
    subscription = subscribed(late_usage=LateUsage.CORRECTION)
    report(subscription, utc(2026, 1, 5))
    bill(subscription, FEB)
    report(subscription, utc(2026, 1, 6))
    path = reverse("backoffice:rerate_usage", args=[subscription.public_id])
    client = staff_client()

    page = client.get(path).content.decode()
    detail = client.get(reverse("backoffice:subscription", args=[subscription.public_id])).content.decode()

    assert "billed 1 for €2.00, now 2 for €4.00. An invoice at once: €2.00." in page
    assert path in detail
    assert Invoice.objects.count() == 2

    assert client.post(path, {"reason": "Asked by phone"}).status_code == 302
    assert Invoice.objects.latest("pk").total_minor == 200
    assert Event.objects.filter(name="staff.rerate_usage").count() == 1
    assert "nothing differs from what was billed" in client.get(path).content.decode()


def test_a_draft_that_waits_is_finalised_by_staff() -> None:
    subscription = subscribed(customer=make_customer(brand=make_brand(invoice_grace_hours=48)))
    (draft,) = bill_customer(customer_id=subscription.customer_id, at=FEB)
    report(subscription, utc(2026, 1, 6))
    path = reverse("backoffice:finalize_invoice", args=[draft.public_id])
    client = staff_client()

    shown = client.get(reverse("backoffice:invoice", args=[draft.public_id])).content.decode()
    assert "waits for late usage until" in shown
    assert path in shown

    assert client.post(path, {"reason": "All is in"}).status_code == 302
    draft.refresh_from_db()
    assert (draft.status, draft.total_minor) == ("open", 1200)
