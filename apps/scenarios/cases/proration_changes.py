"""Changes and terminations inside a billed period, as the `proration` schema tells them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

from apps.pricing.credits import credit_amounts, limited_credit, paid_share, refundable
from apps.pricing.discounts import Discount
from apps.pricing.money import Money
from apps.pricing.parameters import decimal_from
from apps.pricing.periods.period import Period
from apps.pricing.periods.wall_clock import local_day, start_of_day
from apps.pricing.plan_change import (
    BilledPeriod,
    ChangeAmounts,
    change_amounts,
    quantity_change_amount,
    termination_credit,
    used_amount,
)
from apps.scenarios.cases.proration_reading import (
    amount_of,
    compared,
    full_of,
    instant,
    policy_of,
    zone_of,
)
from apps.scenarios.cases.vocabulary import Case, unbuilt_keys

OF_TERMINATION = frozenset(
    {
        *("plan", "fee", "tax_rate_percent", "previous_credit_note_items"),
        *("invoice_paid", "other_fee_on_invoice"),
    }
)
OPERATIONS = frozenset({"add", "remove", "one_time"})


def plan_change(case: Case) -> list[str]:
    """A change of the plan's price, or of several lines at once."""
    if "changes" in case:
        return _line_changes(case)
    old = _discounted(amount_of(case, "old", "0"), case.get("old_discount"))
    new = _discounted(amount_of(case, "new", "0"), case.get("new_discount"))
    amounts = _change(case, old, new)
    credit, charge = (side.money(case["currency"]) for side in (amounts.credit, amounts.charge))
    return compared(case["expected"], {"credit": credit, "charge": charge, "net": charge - credit})


def seat_change(case: Case) -> list[str]:
    """A change of quantity: the difference of the totals is prorated as one amount."""
    seats = case["seats"]
    difference = amount_of(case, "per_seat") * (seats["new"] - seats["old"])
    amount = quantity_change_amount(policy_of(case), _billed(case, Decimal(0)), difference, _change_at(case))
    charge = amount.money(case["currency"])
    return compared(case["expected"], {"charge": charge, "credit": -charge})


def termination(case: Case) -> list[str]:
    """The unused part at a termination: the credit note for it, and what of that is paid back."""
    policy, policies = policy_of(case), case["policies"]
    at, billed, used = _terminated_at(case), _billed_part(case), Fraction(0)
    unused = Fraction(0)
    if billed is not None and policies.get("termination_credit") != "none":
        if "change_day" in policies and "termination_day" not in policies:
            # Ended by a change of plan: the edge day is the change's.
            unused = change_amounts(policy, billed, Decimal(0), at).credit.exact
        else:
            unused = termination_credit(policy, billed, at).exact
        used = used_amount(policy, billed, at).exact
    if "credit_limit" in policies:
        previous = amount_of(case, "previous_credit_note_items", "0")
        unused = limited_credit(policy, unused, original=amount_of(case, "fee"), previous=previous)
    tax_percent = amount_of(case, "tax_rate_percent", "0")
    note = credit_amounts(unused, tax_percent, case["currency"], policy.amount_rounding)
    actual = {"item": note.net, "tax": note.tax, "total": note.total}
    return compared(case["expected"], {**actual, **_disposed(case, note.total, used, tax_percent)})


def _disposed(case: Case, total: Money, used: Fraction, tax_percent: Decimal) -> Mapping[str, Money]:
    if "refund_basis" not in case["policies"]:
        return {"credit": total}
    fee, other = amount_of(case, "fee"), amount_of(case, "other_fee_on_invoice", "0")
    split = refundable(
        policy_of(case),
        total,
        paid=paid_share(amount_of(case, "invoice_paid", "0"), fee=fee, invoice_net=fee + other),
        used=used * (100 + Fraction(tax_percent)) / 100,
    )
    rest = {"credit_balance": "credit", "invoice_offset": "offset"}[split.rest_goes_to]
    return {"refund": split.refund, rest: split.rest}


def _line_changes(case: Case) -> list[str]:
    if missing := unbuilt_keys("change", {entry["op"] for entry in case["changes"]}, OPERATIONS):
        return missing
    lines = [(entry["label"], _line(case, entry)) for entry in case["changes"]]
    differences = []
    for expected, (label, amount) in zip(case["expected"]["lines"], lines, strict=True):
        if expected["label"] != label:
            differences.append(f"line: expected {expected['label']!r}, got {label!r}")
        differences += compared({label: expected["amount"]}, {label: amount})
    net = Money.total((amount for _, amount in lines), case["currency"])
    others = {name: value for name, value in case["expected"].items() if name != "lines"}
    return differences + compared(others, {"net": net})


def _line(case: Case, entry: Mapping[str, Any]) -> Money:
    amount = decimal_from(entry["amount"], "amount")
    if entry["op"] == "one_time":
        return Money.from_exact(amount, case["currency"], policy_of(case).amount_rounding)
    if entry["op"] == "remove":
        return -_change(case, amount, Decimal(0)).credit.money(case["currency"])
    return _change(case, Decimal(0), amount).charge.money(case["currency"])


def _change(case: Case, old: Decimal | Fraction, new: Decimal | Fraction) -> ChangeAmounts:
    return change_amounts(policy_of(case), _billed(case, old), new, _change_at(case))


def _billed(case: Case, plan_amount: Decimal | Fraction) -> BilledPeriod:
    full = full_of(case)
    return BilledPeriod(plan_amount, full, full, zone_of(case))


def _change_at(case: Case) -> datetime:
    if case["policies"].get("change_timing") == "period_end":
        return full_of(case).ends_at
    return instant(case, "change")


def _discounted(price: Decimal, discount: Mapping[str, object] | None) -> Fraction:
    return Fraction(price) - (Discount.parse(discount).of(price) if discount else 0)


def _terminated_at(case: Case) -> datetime:
    return instant(case, "terminated_at" if "terminated_at" in case["dates"] else "terminated")


def _billed_part(case: Case) -> BilledPeriod | None:
    """The part of the period that was billed: from the start of the subscription, after its trial."""
    dates, zone, full = case["dates"], zone_of(case), full_of(case)
    starts_at = full.starts_at
    if dates.get("started"):
        paid_from = local_day(instant(case, "started"), zone) + timedelta(days=dates.get("trial_days", 0))
        starts_at = max(starts_at, start_of_day(paid_from, zone))
    if starts_at >= full.ends_at:
        return None
    fee = amount_of(case, "fee") if "fee" in case["amounts"] else None
    return BilledPeriod(amount_of(case, "plan"), Period(starts_at, full.ends_at), full, zone, fee)
