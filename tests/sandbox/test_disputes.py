from __future__ import annotations

import pytest
import stripe

from tests.fixtures.sandbox import SandboxControl
from tests.fixtures.stripe_calls import charge_off_session, make_card_customer, make_client


@pytest.fixture
def client(sandbox: SandboxControl) -> stripe.StripeClient:
    return make_client(sandbox.url)


def disputed(client: stripe.StripeClient, token: str = "pm_card_createDispute") -> stripe.Dispute:
    """The dispute of a payment of 12.34 USD with a card that brings one."""
    intent = charge_off_session(client, *make_card_customer(client, token))
    (dispute,) = client.v1.disputes.list({"payment_intent": intent.id}).data
    return dispute


def movements(client: stripe.StripeClient) -> list[tuple[str, int, int, int]]:
    """All but charges, the oldest first: what it is called, amount, fee and net."""
    found = client.v1.balance_transactions.list({"limit": 100}).data[::-1]
    return [(m.reporting_category, m.amount, m.fee, m.net) for m in found if m.type != "charge"]


def events(client: stripe.StripeClient) -> list[str]:
    found = client.v1.events.list({"limit": 100}).data[::-1]
    return [event.type.removeprefix("charge.dispute.") for event in found if ".dispute." in event.type]


def test_disputed_card_loses_the_money_and_a_fee(client: stripe.StripeClient) -> None:
    dispute = disputed(client)

    charge = client.v1.charges.retrieve(str(dispute.charge))
    assert (dispute.status, dispute.amount, dispute.reason) == ("needs_response", 1234, "fraudulent")
    assert dispute.evidence_details.due_by - dispute.created == 7 * 24 * 3600
    assert (charge.disputed, dispute.is_charge_refundable) == (True, False)
    assert movements(client) == [("dispute", -1234, 1500, -2734)]
    assert events(client) == ["created", "funds_withdrawn"]


@pytest.mark.parametrize(
    ("text", "status", "after"),
    [
        ("winning_evidence", "won", [("dispute_reversal", 1234, 0, 1234)]),
        ("losing_evidence", "lost", []),
        ("Here is the contract.", "under_review", []),
    ],
)
def test_evidence_decides_or_is_looked_at(
    client: stripe.StripeClient, text: str, status: str, after: list[tuple[str, int, int, int]]
) -> None:
    dispute = disputed(client)

    ended = client.v1.disputes.update(dispute.id, {"evidence": {"uncategorized_text": text}, "submit": True})

    assert (ended.status, ended.evidence_details.submission_count) == (status, 1)
    assert movements(client) == [("dispute", -1234, 1500, -2734), *after]
    with pytest.raises(stripe.InvalidRequestError):
        client.v1.disputes.update(dispute.id, {"evidence": {"uncategorized_text": "more"}})


def test_evidence_that_is_not_submitted_waits(client: stripe.StripeClient) -> None:
    dispute = disputed(client)

    kept = client.v1.disputes.update(dispute.id, {"evidence": {"customer_name": "Ada"}, "submit": False})

    assert (kept.status, kept.evidence_details.has_evidence) == ("needs_response", True)
    assert (kept.evidence_details.submission_count, kept.evidence.customer_name) == (0, "Ada")


def test_closing_gives_up(client: stripe.StripeClient) -> None:
    assert client.v1.disputes.close(disputed(client).id).status == "lost"
    assert events(client) == ["created", "funds_withdrawn", "closed"]


def test_inquiry_takes_money_only_when_it_becomes_a_dispute(
    client: stripe.StripeClient, sandbox: SandboxControl
) -> None:
    dispute = disputed(client, "pm_card_createDisputeInquiry")
    asked = (dispute.status, movements(client))

    sandbox.decide_dispute(dispute.id, "escalated")
    sandbox.decide_dispute(dispute.id, "won")

    assert asked == ("warning_needs_response", [])
    assert [row[0] for row in movements(client)] == ["dispute", "dispute_reversal"]
    assert events(client) == ["created", "updated", "funds_withdrawn", "funds_reinstated", "closed"]


def test_inquiry_that_comes_to_nothing_is_closed(
    client: stripe.StripeClient, sandbox: SandboxControl
) -> None:
    dispute = disputed(client, "pm_card_createDisputeInquiry")

    assert sandbox.decide_dispute(dispute.id, "won")["status"] == "warning_closed"
    assert movements(client) == []
