"""The chart of accounts: every code that may be posted to, and what it means."""

from __future__ import annotations

from dataclasses import dataclass

from apps.ledger.enums import AccountKind
from apps.ledger.errors import UnknownAccount


@dataclass(frozen=True, slots=True)
class ChartAccount:
    """One account of every brand, mode and currency; made when it is first posted to."""

    code: str
    kind: AccountKind
    meaning: str


CHART = {
    account.code: account
    for account in (
        ChartAccount("receivable", AccountKind.ASSET, "Invoiced and not yet paid"),
        ChartAccount("bank", AccountKind.ASSET, "Received without a gateway, such as by bank transfer"),
        ChartAccount("gateway_clearing", AccountKind.ASSET, "Captured by a gateway and not yet paid out"),
        ChartAccount("bank_in_transit", AccountKind.ASSET, "Paid out by a gateway, not yet at the bank"),
        ChartAccount("disputed", AccountKind.ASSET, "Taken back by payers' banks, not yet decided"),
        ChartAccount("deferred_revenue", AccountKind.LIABILITY, "Invoiced in advance, not yet earned"),
        ChartAccount("customer_credit", AccountKind.LIABILITY, "Balances and prepaid credit to be spent"),
        ChartAccount("prepaid_orders", AccountKind.LIABILITY, "Prepaid credit, billed and not yet paid"),
        ChartAccount("refunds_payable", AccountKind.LIABILITY, "Promised back to customers, not yet sent"),
        ChartAccount("tax_payable", AccountKind.LIABILITY, "Tax collected for an authority"),
        ChartAccount("revenue", AccountKind.INCOME, "Earned"),
        ChartAccount("refunds", AccountKind.INCOME, "Given back: reduces revenue, so its balance is a debit"),
        ChartAccount("breakage", AccountKind.INCOME, "Prepaid credit that expired unused"),
        ChartAccount("bad_debt", AccountKind.EXPENSE, "Invoiced and written off"),
        ChartAccount("goodwill", AccountKind.EXPENSE, "Balance that staff gave without a document"),
        ChartAccount("dispute_losses", AccountKind.EXPENSE, "Taken back by payers' banks for good"),
        ChartAccount("gateway_fees", AccountKind.EXPENSE, "Kept by gateways"),
    )
}


def chart_account(code: str) -> ChartAccount:
    """The account of the chart with this code.

    Raises:
        UnknownAccount: the chart has no such code.
    """
    if code not in CHART:
        raise UnknownAccount(f"the chart of accounts has no '{code}'")
    return CHART[code]
