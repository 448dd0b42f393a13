from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from apps.audit.models import Event
from apps.billing.services.collection.collect_due import collect_due
from apps.core import clock
from apps.invoices.enums import InvoiceStatus
from apps.ledger.models import Entry
from apps.payments.enums import DisputeStatus, RefundReason
from apps.payments.errors import EvidenceRefused, GatewayUnreachable, RefundRefused
from apps.payments.gateways.registry import gateway_named
from apps.payments.models import Dispute, Payment
from apps.payments.services.record_dispute import record_dispute
from apps.payments.services.request_refund import RefundOrder, request_refund
from apps.payments.services.submit_evidence import submit_evidence
from tests.factories.billing import STARTED_AT
from tests.factories.payments import case_of, make_unpaid_invoice
from tests.fixtures.gateway import GatewaySandbox

pytestmark = pytest.mark.django_db
AT = STARTED_AT + timedelta(days=1)


def paid_by(gateway: GatewaySandbox, token: str = "pm_card_createDispute") -> Payment:
    """A payment of EUR 29.00 with a card that brings a dispute."""
    invoice = make_unpaid_invoice(gateway, token)
    collect_due(case_id=case_of(invoice).pk, at=STARTED_AT)
    return Payment.objects.get(invoice=invoice)


def booked(code: str) -> int:
    return sum(Entry.objects.filter(account__code=code).values_list("amount_minor", flat=True))


def names() -> list[str]:
    found = Event.objects.filter(name__startswith="dispute.").order_by("pk")
    return list(found.values_list("name", flat=True))


def test_dispute_takes_the_money_and_leaves_the_invoice_paid(gateway: GatewaySandbox) -> None:
    payment = paid_by(gateway)

    gateway.deliver()

    dispute = Dispute.objects.get()
    payment.refresh_from_db()
    assert (dispute.payment, dispute.status) == (payment, DisputeStatus.NEEDS_RESPONSE)
    assert (dispute.amount_minor, dispute.fee_minor, dispute.currency) == (2900, 1500, "EUR")
    assert dispute.evidence_due_at is not None
    assert dispute.evidence_due_at > clock.now() + timedelta(days=6)
    assert (payment.returned_minor, payment.invoice.status) == (2900, InvoiceStatus.PAID)
    assert (booked("disputed"), booked("gateway_clearing")) == (2900, 0)
    assert names() == ["dispute.opened"]


@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize(
    ("outcome", "clearing", "losses", "returned"), [("won", 2900, 0, 0), ("lost", 0, 2900, 2900)]
)
def test_end_is_booked_once_whatever_the_order(
    gateway: GatewaySandbox, seed: int, outcome: str, clearing: int, losses: int, returned: int
) -> None:
    payment = paid_by(gateway)
    gateway.deliver()

    gateway.control.decide_dispute(Dispute.objects.get().gateway_id, outcome)
    gateway.deliver(copies=3, seed=seed)

    dispute = Dispute.objects.get()
    payment.refresh_from_db()
    assert (dispute.status, dispute.closed_at is not None) == (outcome, True)
    assert (booked("disputed"), booked("gateway_clearing")) == (0, clearing)
    assert (booked("dispute_losses"), payment.returned_minor) == (losses, returned)
    assert names() == ["dispute.opened", f"dispute.{outcome}"]


def test_end_that_comes_first_is_booked_all_the_same(gateway: GatewaySandbox) -> None:
    payment = paid_by(gateway)
    (dispute,) = gateway.api.disputes.list().data

    gateway.control.decide_dispute(dispute.id, "lost")
    gateway.deliver(seed=4)

    payment.refresh_from_db()
    assert (booked("disputed"), booked("gateway_clearing"), booked("dispute_losses")) == (0, 0, 2900)
    assert (payment.returned_minor, names()) == (2900, ["dispute.lost"])


def test_inquiry_takes_no_money_until_it_is_a_dispute(gateway: GatewaySandbox) -> None:
    payment = paid_by(gateway, "pm_card_createDisputeInquiry")
    gateway.deliver()
    asked = (Dispute.objects.get().status, booked("disputed"))

    gateway.control.decide_dispute(Dispute.objects.get().gateway_id, "escalated")
    gateway.deliver()

    payment.refresh_from_db()
    assert asked == (DisputeStatus.WARNING, 0)
    assert (Dispute.objects.get().status, booked("disputed")) == (DisputeStatus.NEEDS_RESPONSE, 2900)
    assert payment.returned_minor == 2900


def test_status_never_goes_back(gateway: GatewaySandbox) -> None:
    payment = paid_by(gateway)
    (dispute,) = gateway.api.disputes.list().data
    early = gateway_named("stripe").fetch_dispute(dispute.id)
    record_dispute(payment_id=payment.pk, state=replace(early, status=DisputeStatus.WON), at=AT)

    record_dispute(payment_id=payment.pk, state=early, at=AT)

    assert Dispute.objects.get().status == DisputeStatus.WON
    assert booked("gateway_clearing") == 2900


def test_what_was_refunded_before_counts_once(gateway: GatewaySandbox) -> None:
    payment = paid_by(gateway)
    Payment.objects.update(returned_minor=900)
    gateway.deliver()
    counted = Payment.objects.get().returned_minor

    gateway.control.decide_dispute(Dispute.objects.get().gateway_id, "won")
    gateway.deliver()

    payment.refresh_from_db()
    assert (counted, payment.returned_minor) == (2900, 900)


def test_evidence_is_handed_in_once(gateway: GatewaySandbox) -> None:
    paid_by(gateway)
    gateway.deliver()
    dispute = Dispute.objects.get()

    said = {"uncategorized_text": "The contract.", "customer_name": "Ada", "refund_policy": "  "}
    submit_evidence(dispute_id=dispute.pk, evidence=said, at=AT)
    with pytest.raises(EvidenceRefused):
        submit_evidence(dispute_id=dispute.pk, evidence=said, at=AT)

    dispute.refresh_from_db()
    (known,) = gateway.api.disputes.list().data
    assert (dispute.status, dispute.evidence_sent_at) == (DisputeStatus.UNDER_REVIEW, AT)
    assert dispute.evidence == {"uncategorized_text": "The contract.", "customer_name": "Ada"}
    assert (known.evidence.customer_name, known.evidence_details.submission_count) == ("Ada", 1)


def test_evidence_without_an_answer_can_be_handed_in_again(gateway: GatewaySandbox) -> None:
    paid_by(gateway)
    gateway.deliver()
    dispute = Dispute.objects.get()
    gateway.control.fault("reset_after", match={"path": f"/v1/disputes/{dispute.gateway_id}"})
    said = {"uncategorized_text": "winning_evidence"}

    with pytest.raises(GatewayUnreachable):
        submit_evidence(dispute_id=dispute.pk, evidence=said, at=AT)
    submit_evidence(dispute_id=dispute.pk, evidence=said, at=AT)

    dispute.refresh_from_db()
    (known,) = gateway.api.disputes.list().data
    assert (dispute.status, known.evidence_details.submission_count) == (DisputeStatus.WON, 1)


def test_empty_evidence_is_refused(gateway: GatewaySandbox) -> None:
    paid_by(gateway)
    gateway.deliver()

    with pytest.raises(EvidenceRefused):
        submit_evidence(dispute_id=Dispute.objects.get().pk, evidence={"customer_name": " "}, at=AT)
    assert Dispute.objects.get().evidence_sent_at is None


def test_disputed_payment_is_not_refunded_as_well(gateway: GatewaySandbox) -> None:
    payment = paid_by(gateway)
    gateway.deliver()

    with pytest.raises(RefundRefused, match="has taken this payment back"):
        request_refund(payment_id=payment.pk, order=RefundOrder(100, RefundReason.OTHER), at=AT)
