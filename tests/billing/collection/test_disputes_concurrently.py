"""Twenty messages of one dispute at once: it is booked once. The guard is taken away once, to see it."""

from __future__ import annotations

import pytest
from django.db import IntegrityError

from apps.billing.services.collection.collect_due import collect_due
from apps.core import clock
from apps.ledger.models import Entry
from apps.payments.gateways.registry import gateway_named
from apps.payments.models import Dispute, GatewayMovement, Payment
from apps.payments.services import record_dispute as record_dispute_module
from apps.payments.services.match_movements import match_movements
from apps.payments.services.pull_movements import pull_movements
from apps.payments.services.record_dispute import record_dispute
from tests.billing.collection.test_collect_concurrently import WORKERS, at_once
from tests.factories.billing import STARTED_AT
from tests.factories.payments import case_of, make_unpaid_invoice
from tests.fixtures.gateway import GatewaySandbox

pytestmark = pytest.mark.real_commits


def disputed(gateway: GatewaySandbox) -> Payment:
    invoice = make_unpaid_invoice(gateway, "pm_card_createDispute")
    collect_due(case_id=case_of(invoice).pk, at=STARTED_AT)
    return Payment.objects.get(invoice=invoice)


def booked(code: str) -> list[int]:
    return sorted(Entry.objects.filter(account__code=code).values_list("amount_minor", flat=True))


def twenty_messages(gateway: GatewaySandbox, payment: Payment) -> list[object]:
    (known,) = gateway.api.disputes.list().data
    state = gateway_named("stripe").fetch_dispute(known.id)
    return at_once(lambda: record_dispute(payment_id=payment.pk, state=state, at=STARTED_AT))


def test_twenty_messages_of_a_dispute_book_it_once(gateway: GatewaySandbox) -> None:
    payment = disputed(gateway)

    results = twenty_messages(gateway, payment)

    payment.refresh_from_db()
    assert {type(result) for result in results} == {Dispute}
    assert (len(results), Dispute.objects.count(), payment.returned_minor) == (WORKERS, 1, 2900)
    assert booked("disputed") == [2900]


def test_without_the_lock_messages_meet(gateway: GatewaySandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    payment = disputed(gateway)
    monkeypatch.setattr(
        record_dispute_module,
        "_lock",
        lambda payment_id: Payment.objects.select_related("customer", "invoice").get(pk=payment_id),
    )

    with pytest.raises(IntegrityError, match="payments_dispute_once"):
        twenty_messages(gateway, payment)


def test_twenty_who_compare_book_each_fee_once(gateway: GatewaySandbox) -> None:
    disputed(gateway)
    pull_movements(gateway="stripe", since=STARTED_AT, until=clock.now().replace(year=2100))

    results = at_once(lambda: match_movements(gateway="stripe", at=clock.now()))

    assert sum(result for result in results if isinstance(result, int)) == 2
    assert {type(result) for result in results} == {int}
    assert not GatewayMovement.objects.filter(matched_at=None).exists()
    assert booked("gateway_fees") == [114, 1500]
