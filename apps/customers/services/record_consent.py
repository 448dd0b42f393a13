from __future__ import annotations

import hashlib
from datetime import datetime

from django.db import transaction

from apps.accounts.models import User
from apps.audit.services.record import record_event
from apps.customers.enums import ConsentKind
from apps.customers.models import Consent, Customer


@transaction.atomic
def record_consent(
    *,
    customer: Customer,
    kind: ConsentKind,
    text: str,
    user: User | None,
    ip: str | None,
    subject: str,
    at: datetime,
) -> Consent:
    """Keep what was agreed to, word for word, with its SHA-256.

    `subject` is the public id of what it is about, or empty.
    """
    consent = Consent.objects.create(
        customer=customer,
        kind=kind,
        text=text,
        text_sha256=hashlib.sha256(text.encode()).hexdigest(),
        given_by=user,
        ip_address=ip or None,
        subject=subject,
        given_at=at,
    )
    record_event(
        name="consent.given",
        subject=consent,
        at=at,
        data={"kind": str(kind), "subject": subject, "text_sha256": consent.text_sha256},
        brand_id=customer.brand_id,
        livemode=customer.livemode,
    )
    return consent
