from __future__ import annotations

import pytest
import stripe

from tests.fixtures.sandbox import SandboxControl
from tests.fixtures.stripe_calls import charge_off_session, make_card_customer, make_client


@pytest.fixture
def client(sandbox: SandboxControl) -> stripe.StripeClient:
    return make_client(sandbox.url)


def balance(client: stripe.StripeClient) -> int:
    found = client.v1.balance.retrieve()
    return sum(part.amount for part in (*found.available, *found.pending))


def test_payout_takes_all_that_none_has_taken(client: stripe.StripeClient, sandbox: SandboxControl) -> None:
    buyer = make_card_customer(client)
    charges = [str(charge_off_session(client, *buyer).latest_charge) for _ in range(3)]

    first = client.v1.payouts.retrieve(sandbox.pay_out("usd")["id"])
    charge_off_session(client, *buyer)
    second = sandbox.pay_out("usd")

    # 12.34 less 2.9 % and 0.30 is 11.68.
    assert (first.amount, first.status, second["amount"], balance(client)) == (3504, "paid", 1168, 0)
    rows = client.v1.balance_transactions.list({"payout": first.id, "limit": 2, "expand": ["data.source"]})
    sources = [row.source.id for row in rows.auto_paging_iter()]
    assert sources == [first.id, *reversed(charges)]


def test_payout_of_nothing_is_refused(sandbox: SandboxControl) -> None:
    with pytest.raises(Exception, match="400"):
        sandbox.pay_out("usd")


def test_payout_that_fails_brings_the_money_back(
    client: stripe.StripeClient, sandbox: SandboxControl
) -> None:
    charge_off_session(client, *make_card_customer(client))
    payout = sandbox.pay_out("usd", arrived=False)

    failed = sandbox.end_payout(payout["id"], "failed")

    assert (payout["status"], failed["status"], balance(client)) == ("in_transit", "failed", 1168)
    back = client.v1.balance_transactions.retrieve(failed["failure_balance_transaction"])
    assert (back.type, back.reporting_category, back.amount) == ("payout_failure", "payout_reversal", 1168)
    types = [event.type for event in client.v1.events.list({"type": "payout.failed"}).data]
    assert types == ["payout.failed"]
