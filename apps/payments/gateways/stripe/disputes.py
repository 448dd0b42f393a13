"""Disputes as Stripe tells them, and the evidence that is handed in once."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, cast

import stripe

from apps.payments.enums import DisputeStatus
from apps.payments.gateways.stripe.answers import iso_amount
from apps.payments.gateways.terms import DisputeState

# Source: docs.stripe.com/api/disputes/object. A bank that only asks has taken no money, whoever is to answer.
STATUSES = {
    "warning_needs_response": DisputeStatus.WARNING,
    "warning_under_review": DisputeStatus.WARNING,
    "warning_closed": DisputeStatus.CLOSED,
    "prevented": DisputeStatus.CLOSED,
    "needs_response": DisputeStatus.NEEDS_RESPONSE,
    "under_review": DisputeStatus.UNDER_REVIEW,
    "won": DisputeStatus.WON,
    "lost": DisputeStatus.LOST,
}


def dispute_state(dispute: Any) -> DisputeState:
    """What a dispute of Stripe says. Raises KeyError for a status that nobody knows."""
    currency = dispute["currency"].upper()
    fees = sum(movement["fee"] for movement in dispute.get("balance_transactions") or [])
    due = (dispute.get("evidence_details") or {}).get("due_by")
    named = (dispute.get("charge"), dispute.get("payment_intent"))
    return DisputeState(
        gateway_id=dispute["id"],
        charge_refs=tuple(ref if isinstance(ref, str) else ref["id"] for ref in named if ref),
        amount_minor=iso_amount(dispute["amount"], currency),
        currency=currency,
        status=STATUSES[dispute["status"]],
        reason=dispute.get("reason") or "",
        fee_minor=iso_amount(fees, currency),
        evidence_due_at=datetime.fromtimestamp(due, UTC) if due else None,
    )


def fetch_dispute(api: stripe.V1Services, gateway_id: str) -> DisputeState:
    return dispute_state(api.disputes.retrieve(gateway_id).to_dict())


def submit_evidence(
    api: stripe.V1Services, *, gateway_id: str, evidence: Mapping[str, str], reference: str
) -> DisputeState:
    """Hand the evidence in; the key makes a second try after a lost answer the same submission."""
    answer = api.disputes.update(
        gateway_id,
        params=cast(Any, {"evidence": dict(evidence), "submit": True}),
        options={"idempotency_key": f"evidence-{reference}"},
    )
    return dispute_state(answer.to_dict())
