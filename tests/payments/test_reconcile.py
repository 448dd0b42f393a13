from __future__ import annotations

from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from apps.billing.services.collection.collect_due import collect_due
from apps.billing.services.refunds.resolve_refunds import resolve_refunds
from apps.core import clock
from apps.ledger.models import Entry
from apps.payments.account_selectors import GRACE, account_totals, reconciliations_due
from apps.payments.enums import RefundReason
from apps.payments.models import (
    Dispute,
    GatewayMovement,
    GatewayPayout,
    Payment,
    ReconciliationRun,
    Refund,
)
from apps.payments.payout_selectors import explain_payout
from apps.payments.services.reconcile import Reconciliation, reconcile
from apps.payments.services.request_refund import RefundOrder, request_refund
from tests.factories.billing import STARTED_AT
from tests.factories.payments import case_of, make_unpaid_invoice
from tests.fixtures.gateway import GatewaySandbox

pytestmark = pytest.mark.django_db

# 2.9 % of 29.00 and 0.30.
FEE = 114


def pay(gateway: GatewaySandbox, token: str = "pm_card_visa") -> Payment:
    """A payment of EUR 29.00, of a brand of its own."""
    invoice = make_unpaid_invoice(gateway, token)
    collect_due(case_id=case_of(invoice).pk, at=STARTED_AT)
    return Payment.objects.get(invoice=invoice)


def compare() -> Reconciliation:
    return reconcile(gateway="stripe", at=clock.now())


def booked(code: str) -> int:
    return sum(Entry.objects.filter(account__code=code).values_list("amount_minor", flat=True))


def balance(gateway: GatewaySandbox) -> int:
    """What the sandbox holds for us, in cents."""
    found = gateway.api.balance.retrieve()
    return sum(part.amount for part in (*found.available, *found.pending) if part.currency == "eur")


def test_mixed_run_ends_with_the_sandboxs_balance_to_the_cent(gateway: GatewaySandbox) -> None:
    pay(gateway)
    won, lost = pay(gateway, "pm_card_createDispute"), pay(gateway, "pm_card_createDispute")
    gateway.deliver()
    gateway.control.decide_dispute(Dispute.objects.get(payment=won).gateway_id, "won")
    gateway.control.decide_dispute(Dispute.objects.get(payment=lost).gateway_id, "lost")
    gateway.deliver()
    before = compare()
    held = balance(gateway)

    payout = gateway.control.pay_out()
    late = pay(gateway)
    after = compare()

    assert before.is_clean
    assert held == 2 * 2900 - 3 * FEE - 2 * 1500
    assert [total.gateway_minor for total in before.totals] == [held]
    assert [(t.gateway_minor, t.books_minor, t.unexplained_minor) for t in after.totals] == [
        (2900 - FEE, 2900 - FEE, 0)
    ]
    assert (after.is_clean, balance(gateway)) == (True, 2900 - FEE)
    assert booked("gateway_clearing") == balance(gateway)
    assert (booked("gateway_fees"), booked("bank_in_transit")) == (4 * FEE + 3000, payout["amount"])
    assert (booked("dispute_losses"), booked("disputed")) == (2900, 0)
    assert (
        Entry.objects.filter(account__code="gateway_clearing", account__brand_id=late.brand_id).count() == 2
    )


def give_back(payment: Payment, amount_minor: int) -> Refund:
    order = RefundOrder(amount_minor, RefundReason.OTHER)
    refund = request_refund(payment_id=payment.pk, order=order, at=STARTED_AT)
    resolve_refunds(now=clock.now())
    refund.refresh_from_db()
    return refund


def test_refunds_that_arrive_and_come_back_are_explained(gateway: GatewaySandbox) -> None:
    payment = pay(gateway)
    give_back(payment, 900)
    back = give_back(payment, 1000)
    before = compare()

    gateway.control.settle_refund(back.gateway_id or "", "failed")
    between = compare()
    gateway.deliver()
    after = compare()

    assert (before.is_clean, after.is_clean) == (True, True)
    # The money is back in the account, and nobody has told the books so yet.
    assert [(t.unexplained_minor, len(between.unmatched)) for t in between.totals] == [(1000, 1)]
    assert booked("gateway_clearing") == balance(gateway) == 2900 - FEE - 900


def test_repeating_changes_nothing(gateway: GatewaySandbox) -> None:
    pay(gateway)
    gateway.control.pay_out()

    first, second = compare(), compare()

    assert (first.is_clean, second.is_clean) == (True, True)
    assert (GatewayMovement.objects.count(), GatewayPayout.objects.count()) == (2, 1)
    assert (booked("gateway_fees"), booked("bank_in_transit")) == (FEE, 2900 - FEE)
    assert ReconciliationRun.objects.filter(is_clean=True).count() == 2


def test_movement_that_is_left_out_is_missed(gateway: GatewaySandbox) -> None:
    payment = pay(gateway)
    compare()
    GatewayMovement.objects.all().delete()
    Payment.objects.update(sent_at=clock.now() - GRACE - timedelta(hours=1))

    # The window begins after the movement was made, so it is not seen again.
    found = reconcile(gateway="stripe", at=clock.now(), since=clock.now() + timedelta(seconds=5))

    assert (found.is_clean, found.missing) == (False, (payment,))
    # Its fee is in the books too, and not in the account that has lost it.
    assert [total.unexplained_minor for total in found.totals] == [-2900]


def test_charge_that_is_not_ours_is_listed(gateway: GatewaySandbox) -> None:
    pay(gateway)
    customer = gateway.api.customers.create(params={"email": "x@example.com"})
    card = gateway.api.payment_methods.attach("pm_card_visa", params={"customer": customer.id})
    gateway.api.payment_intents.create(
        params={
            "amount": 1000,
            "currency": "eur",
            "customer": customer.id,
            "payment_method": card.id,
            "confirm": True,
            "off_session": True,
        }
    )
    gateway.control.pay_out()

    found = compare()

    unknown = {(movement.kind, movement.gross_minor, movement.fee_minor) for movement in found.unmatched}
    assert unknown == {("charge", 1000, 59), ("payout", -(2900 - FEE + 941), 0)}
    # The payout waits for what it consists of, and is unexplained as long.
    assert [total.unexplained_minor for total in found.totals] == [-(2900 - FEE)]
    assert (found.is_clean, booked("bank_in_transit")) == (False, 0)


def test_other_amount_is_no_match(gateway: GatewaySandbox) -> None:
    pay(gateway)
    Payment.objects.update(amount_minor=2800)

    found = compare()

    assert [movement.gross_minor for movement in found.unmatched] == [2900]
    assert booked("gateway_fees") == 0


def test_payment_that_the_gateway_shows_later_is_awaited(gateway: GatewaySandbox) -> None:
    pay(gateway)

    (total,) = account_totals("stripe", at=clock.now())

    assert (total.gateway_minor, total.books_minor, total.awaited_minor) == (0, 2900, 2900)
    assert total.unexplained_minor == 0


def test_dispute_that_was_never_told_of_is_found_by_its_money(gateway: GatewaySandbox) -> None:
    payment = pay(gateway, "pm_card_createDispute")

    assert compare().is_clean
    assert Dispute.objects.get().payment == payment
    assert booked("disputed") == 2900


@pytest.mark.parametrize(("outcome", "losses", "clearing"), [("won", 0, 2900), ("lost", 2900, 0)])
def test_decision_that_was_never_told_is_asked_for(
    gateway: GatewaySandbox, outcome: str, losses: int, clearing: int
) -> None:
    pay(gateway, "pm_card_createDispute")
    compare()

    gateway.control.decide_dispute(Dispute.objects.get().gateway_id, outcome)

    assert compare().is_clean
    assert (Dispute.objects.get().status, booked("dispute_losses")) == (outcome, losses)
    assert booked("gateway_clearing") == clearing - FEE - 1500


def test_payout_that_failed_comes_back_into_the_books(gateway: GatewaySandbox) -> None:
    pay(gateway)
    payout = gateway.control.pay_out(arrived=False)
    compare()

    gateway.control.end_payout(payout["id"], "failed")
    found = compare()

    assert found.is_clean
    assert (booked("bank_in_transit"), booked("gateway_clearing")) == (0, 2900 - FEE)
    assert GatewayPayout.objects.get().status == "failed"


def test_payout_is_explained_line_by_line(gateway: GatewaySandbox) -> None:
    pay(gateway)
    pay(gateway)
    pay(gateway, "pm_card_createDispute")
    gateway.control.pay_out()
    compare()

    explained = explain_payout(GatewayPayout.objects.get())

    rows = {row.kind: (row.count, row.gross_minor, row.fee_minor) for row in explained.rows}
    assert rows == {"charge": (3, 8700, 3 * FEE), "dispute": (1, -2900, 1500)}
    assert explained.payout.amount_minor == 8700 - 3 * FEE - 2900 - 1500
    assert (len(explained.parts), explained.unmatched, explained.unexplained_minor) == (4, 0, 0)


def test_command_says_what_is_unexplained_and_fails(gateway: GatewaySandbox) -> None:
    pay(gateway)
    Payment.objects.update(amount_minor=2800)
    out = StringIO()

    with pytest.raises(CommandError, match="Not everything is explained"):
        call_command("reconcile", stdout=out)

    assert "stripe: not ours so far: Charge txn_" in out.getvalue()
    assert "stripe EUR: account €27.86, books €29.00" in out.getvalue()


def test_command_ends_well_when_all_is_explained(gateway: GatewaySandbox) -> None:
    pay(gateway)
    out = StringIO()

    call_command("reconcile", "--gateway", "stripe", stdout=out)

    line = "stripe EUR: account €27.86, books €27.86, awaited €0.00, unexplained €0.00\n"
    assert out.getvalue() == line


def test_gateway_that_does_not_answer_fails_the_command(gateway: GatewaySandbox) -> None:
    pay(gateway)
    gateway.control.fault("reset_before", match={"path": "/v1/balance_transactions"})

    with pytest.raises(CommandError, match="stripe: "):
        call_command("reconcile")
    assert ReconciliationRun.objects.count() == 0


def test_each_gateway_in_use_is_due_once_a_day(gateway: GatewaySandbox) -> None:
    pay(gateway)
    first = reconciliations_due(clock.now())
    compare()

    assert (first, reconciliations_due(clock.now())) == (["stripe"], [])
    assert reconciliations_due(clock.now() + timedelta(hours=24)) == ["stripe"]
