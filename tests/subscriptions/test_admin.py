from __future__ import annotations

import pytest
from django.urls import reverse

from tests.factories.billing import subscribe_to
from tests.factories.staff import make_staff_client

pytestmark = pytest.mark.django_db


def test_admin_tells_what_happened_to_a_subscription() -> None:
    subscription = subscribe_to().subscription

    page = make_staff_client().get(reverse("admin:subscriptions_subscription_change", args=[subscription.pk]))

    assert page.status_code == 200
    assert "Jan 31, 2026" in page.content.decode()
    assert "subscription.created" in page.content.decode()
