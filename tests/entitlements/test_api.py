from __future__ import annotations

import pytest

from apps.entitlements.enums import AccessLevel, AccessReason
from apps.entitlements.services.set_access import set_access
from tests.factories.api_clients import make_api_client
from tests.factories.customers import MADE_AT, make_customer

pytestmark = pytest.mark.django_db


def test_access_is_full_until_it_is_restricted() -> None:
    customer = make_customer(external_id="acme")
    client = make_api_client(brand=customer.brand)

    before = client.get("/api/v1/customers/acme/access").json()
    set_access(
        customer_id=customer.pk,
        level=AccessLevel.READ_ONLY,
        reason=AccessReason.PAYMENT_OVERDUE,
        at=MADE_AT,
    )
    after = client.get("/api/v1/customers/acme/access").json()

    assert before == {
        "object": "customer_access",
        "customer": customer.public_id,
        "livemode": False,
        "level": "full",
        "reason": "in_good_standing",
        "since_at": None,
    }
    assert (after["level"], after["reason"]) == ("read_only", "payment_overdue")
    assert after["since_at"] == "2026-01-01T00:00:00Z"
