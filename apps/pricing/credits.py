"""How much of a credit is allowed, what a credit note for it says, and how much of that is paid back."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from apps.pricing.exact import exact_fraction
from apps.pricing.money import Money
from apps.pricing.proration_policy import CreditLimit, ProrationPolicy, RefundRest
from apps.pricing.rounding import Rounding

Amount = Decimal | Fraction | int


@dataclass(frozen=True, slots=True)
class CreditAmounts:
    """The net item, its tax and their total on a credit note; positive. total = net + tax, always."""

    net: Money
    tax: Money

    @property
    def total(self) -> Money:
        return self.net + self.tax


@dataclass(frozen=True, slots=True)
class RefundSplit:
    """A credit note's total split into what is paid back and the rest, which goes where the policy says."""

    refund: Money
    rest: Money
    rest_goes_to: RefundRest


def limited_credit(
    policy: ProrationPolicy, potential: Amount, *, original: Amount, previous: Amount
) -> Fraction:
    """Return the credit that is allowed, exact in major units, never below zero.

    `potential` is the unused part, `original` what was billed for it and `previous` what was credited of it
    before, all of one currency and without tax. Never more than original - previous, except under
    `unused_less_previous`, which takes `previous` off the unused part and looks at nothing else.
    """
    unused, before = exact_fraction(potential, "potential"), exact_fraction(previous, "previous")
    if policy.credit_limit is CreditLimit.UNUSED_LESS_PREVIOUS:
        return max(Fraction(0), unused - before)
    return max(Fraction(0), min(unused, exact_fraction(original, "original") - before))


def credit_amounts(
    net: Amount, tax_percent: Amount, currency: str, rounding: Rounding = Rounding.HALF_UP
) -> CreditAmounts:
    """Return a credit's amounts: the tax is taken from the exact item, and each is rounded on its own."""
    exact = exact_fraction(net, "net")
    tax = exact * exact_fraction(tax_percent, "tax_percent") / 100
    return CreditAmounts(
        Money.from_exact(exact, currency, rounding), Money.from_exact(tax, currency, rounding)
    )


def paid_share(paid: Amount, *, fee: Amount, invoice_net: Amount) -> Fraction:
    """Return the part of a payment that fell on one fee of an invoice: in proportion to the net amounts."""
    whole = exact_fraction(invoice_net, "invoice_net")
    if not whole:
        return Fraction(0)
    return exact_fraction(paid, "paid") * exact_fraction(fee, "fee") / whole


def refundable(policy: ProrationPolicy, total: Money, *, paid: Amount, used: Amount) -> RefundSplit:
    """Split a credit note's total: at most what was paid beyond the used part is paid back.

    `paid` is the part of the payments that fell on the fee, `used` what the used part costs; both with tax,
    exact in major units.
    """
    beyond = exact_fraction(paid, "paid") - exact_fraction(used, "used")
    refund = Money.from_exact(max(Fraction(0), beyond), total.currency, policy.amount_rounding)
    refund = min(total, refund)
    return RefundSplit(refund, total - refund, policy.refund_rest)
