from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from apps.audit.services.record import record_event
from apps.payments.dispute_selectors import ANSWERABLE
from apps.payments.errors import EvidenceRefused, GatewayUnreachable
from apps.payments.gateways.registry import gateway_named
from apps.payments.models import Dispute
from apps.payments.services.record_dispute import record_dispute


def submit_evidence(*, dispute_id: int, evidence: Mapping[str, str], at: datetime) -> Dispute:
    """Hand in what speaks for us, once. Calls the gateway: never inside a transaction.

    `evidence` maps the gateway's field names to text; empty ones are left out. `at` is the customer's time.
    Without an answer it may be sent again: the gateway takes the same submission once.

    Raises:
        EvidenceRefused: there is nothing to hand in, it was handed in before, or the dispute is over (409).
        GatewayUnreachable: the gateway did not answer (503).
    """
    said = {name: text.strip() for name, text in evidence.items() if text.strip()}
    if not said:
        raise EvidenceRefused("Write at least one text.")
    open_ones = Dispute.objects.filter(pk=dispute_id, evidence_sent_at=None, status__in=ANSWERABLE)
    if not open_ones.update(evidence=said, evidence_sent_at=at):
        raise EvidenceRefused("Evidence was handed in before, or the dispute is over.")
    dispute = Dispute.objects.get(pk=dispute_id)
    try:
        state = gateway_named(dispute.gateway).submit_evidence(
            gateway_id=dispute.gateway_id, evidence=said, reference=dispute.public_id
        )
    except GatewayUnreachable:
        Dispute.objects.filter(pk=dispute_id).update(evidence_sent_at=None)
        raise
    record_event(name="dispute.evidence_submitted", subject=dispute, at=at, data={"fields": sorted(said)})
    return record_dispute(payment_id=dispute.payment_id, state=state, at=at)
