from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction

from apps.audit.services.record import record_event
from apps.core.idempotency import keep_object
from apps.core.public_ids import new_public_id
from apps.customers.models import Customer
from apps.portal.links import link_token
from apps.portal.models import PortalSession
from apps.portal.selectors import token_hash

LIFETIME = timedelta(hours=1)


@transaction.atomic
def open_portal_session(*, customer: Customer, return_url: str, at: datetime, now: datetime) -> PortalSession:
    """Let the bearer of a link act as a customer in the portal for an hour.

    `at` is the customer's time, `now` real time. The link's token is not stored: see `links`.
    """
    public_id = new_public_id("ps")
    session = PortalSession.objects.create(
        public_id=public_id,
        brand_id=customer.brand_id,
        livemode=customer.livemode,
        customer=customer,
        token_sha256=token_hash(link_token(public_id)),
        return_url=return_url,
        created_at=now,
        expires_at=now + LIFETIME,
    )
    record_event(name="portal_session.opened", subject=session, at=at)
    keep_object(object_type="portal_session", object_id=public_id)
    return session
