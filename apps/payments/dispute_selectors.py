"""Reads about what payers' banks take back."""

from __future__ import annotations

from django.db.models import QuerySet

from apps.payments.enums import DisputeStatus
from apps.payments.errors import DisputeNotFound
from apps.payments.models import Dispute

# While it stands so, the money is not in the gateway's account.
WITHDRAWN = (DisputeStatus.NEEDS_RESPONSE, DisputeStatus.UNDER_REVIEW, DisputeStatus.LOST)
ANSWERABLE = (DisputeStatus.WARNING, DisputeStatus.NEEDS_RESPONSE)


def disputes_of(*, brand_id: int, livemode: bool) -> QuerySet[Dispute]:
    """A brand's disputes with all that a page or the API shows of them, in one query."""
    own = Dispute.objects.filter(brand_id=brand_id, livemode=livemode)
    return own.select_related("customer__test_clock", "payment__invoice")


def get_dispute(*, brand_id: int, livemode: bool, reference: str) -> Dispute:
    """The dispute with this public id.

    Raises:
        DisputeNotFound: none in this brand and mode (404).
    """
    found = disputes_of(brand_id=brand_id, livemode=livemode).filter(public_id=reference).first()
    if found is None:
        raise DisputeNotFound(f"There is no dispute '{reference}'.", field="dispute")
    return found


def takes_evidence(dispute: Dispute) -> bool:
    """Whether something can be said still: once, and only while the bank waits for it."""
    return dispute.status in ANSWERABLE and dispute.evidence_sent_at is None


def was_taken_back(payment_id: int) -> bool:
    """Whether the payer's bank holds a part of a payment, or has it for good."""
    return Dispute.objects.filter(payment_id=payment_id, status__in=WITHDRAWN).exists()
