"""Steps of a neutral case as steps of ours; a word without a counterpart stays, and is named as not built."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from apps.scenarios.cases.vocabulary import Case
from apps.scenarios.timeline.neutral.charges import VALUE
from apps.scenarios.timeline.neutral.phases import phase_code, phase_steps
from apps.scenarios.timeline.neutral.promotions import grant_steps, redeem_steps
from apps.scenarios.timeline.neutral.usage import before_the_end, refuse_shared_usage

Values = Mapping[str, Any]

WHEN = {"immediate": "now", "end_of_term": "period_end"}
# This policy says when every change takes effect, whatever a step says.
_TIMING = "change_timing"


def steps_in_ours(case: Case) -> list[dict[str, Any]]:
    """Every step in order; some become several.

    Raises:
        NotBuilt: two subscriptions are billed by one metric at one time.
    """
    refuse_shared_usage(case)
    said = [said for step in case["steps"] for said in _SAID.get(step["do"], _same)(step, case)]
    return [{"at": case["steps"][0]["at"], "do": "card"}, *said] if _is_paid_untold(case) else said


def _is_paid_untold(case: Case) -> bool:
    """Whether something is refunded that nobody is told to have paid: then a card pays from the beginning."""
    steps = case["steps"]
    return any("refund" in step for step in steps) and not any(step["do"] == "mark_paid" for step in steps)


def _same(step: Values, case: Case) -> Iterator[dict[str, Any]]:
    yield dict(step)


def _time(step: Values, case: Case) -> Iterator[dict[str, Any]]:
    """Whoever bills or ends by time does so by itself here."""
    yield {**step, "do": "advance"}


def _subscribe(step: Values, case: Case) -> Iterator[dict[str, Any]]:
    said = {name: value for name, value in step.items() if name != "alignment"}
    plan = next((plan for plan in case["catalog"]["plans"] if plan["code"] == step["plan"]), None)
    if plan is not None and plan.get("phases"):
        said |= {"plan": phase_code(plan["code"], 1), "then": phase_steps(plan)}
    # Nobody saves a card until somebody pays; where a refund tells of payments, a card makes them.
    yield said if _is_paid_untold(case) else said | {"collection": "send_invoice"}


def _change_plan(step: Values, case: Case) -> Iterator[dict[str, Any]]:
    said = _without(step, "policy")
    if "policy" in step and _TIMING not in (case.get("policies") or {}):
        said["when"] = WHEN.get(step["policy"], step["policy"])
    yield said


def _change_quantity(step: Values, case: Case) -> Iterator[dict[str, Any]]:
    said = _without(step, "effective") | {"do": "change_quantity"}
    if "effective" in step:
        said["when"] = step["effective"]
    yield said


def _cancel(step: Values, case: Case) -> Iterator[dict[str, Any]]:
    policy = step.get("policy", "immediate")
    yield _without(step, "policy") | {"do": "cancel", "when": WHEN.get(policy, policy)}


def _uncancel(step: Values, case: Case) -> Iterator[dict[str, Any]]:
    yield {**step, "do": "undo"}


def _set_billing_day(step: Values, case: Case) -> Iterator[dict[str, Any]]:
    yield {**step, "do": "set_billing_day"}


def _event(step: Values, case: Case) -> Iterator[dict[str, Any]]:
    value = {VALUE: step["value"]} if "value" in step else {}
    if "timestamp" not in step and (before := before_the_end(step, case)) is not None:
        step = {**step, "timestamp": before}
    said = _without(step, "subscription", "metric", "value", "count") | {
        "do": "send_event",
        "event": step["metric"],
        "properties": {**step.get("properties", {}), **value},
    }
    for _ in range(int(step.get("count", 1))):
        yield said


def _adjust(step: Values, case: Case) -> Iterator[dict[str, Any]]:
    """Part of what was billed is taken back, to the customer's balance."""
    yield _without(step, "amount") | {
        "do": "credit_note",
        "items": [{"amount": step["amount"]}],
        "to": "balance",
    }


def _credit_note(step: Values, case: Case) -> Iterator[dict[str, Any]]:
    items = [
        {"of" if name == "fee" else name: value for name, value in item.items()} for item in step["items"]
    ]
    yield _without(step, "refund") | {"items": items, "to": "refund" if step.get("refund") else "balance"}


def _add_credit(step: Values, case: Case) -> Iterator[dict[str, Any]]:
    use = (case.get("policies") or {}).get("account_credit_use")
    yield {**step, "pays_open": use == "open_invoices_then_new"}


def _finalize(step: Values, case: Case) -> Iterator[dict[str, Any]]:
    yield {**step, "do": "finalize"}


def _mark_paid(step: Values, case: Case) -> Iterator[dict[str, Any]]:
    """Somebody pays what is open; a card that did not pay before is one way of it."""
    yield {**step, "do": "card"}
    yield {**step, "do": "pay"}


_SAID: Mapping[str, Callable[[Values, Case], Iterator[dict[str, Any]]]] = {
    "bill": _time,
    "run_ended_subscriptions": _time,
    "subscribe": _subscribe,
    "change_plan": _change_plan,
    "update_quantity": _change_quantity,
    "terminate": _cancel,
    "cancel": _cancel,
    "uncancel": _uncancel,
    "set_bill_cycle_day": _set_billing_day,
    "send_event": _event,
    "send_late_event": _event,
    "adjust_item": _adjust,
    "credit_note": _credit_note,
    "add_credit": _add_credit,
    "mark_paid": _mark_paid,
    "apply_coupon": redeem_steps,
    "create_wallet": grant_steps,
    "finalize_all": _finalize,
}


def _without(step: Values, *names: str) -> dict[str, Any]:
    return {name: value for name, value in step.items() if name not in names}
