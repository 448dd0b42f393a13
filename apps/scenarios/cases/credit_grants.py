"""Credit grants of the `adjustments` schema: read, burned down and compared."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from apps.pricing.credit_grants import CreditGrant, CreditUse, Recurrence, burn_down
from apps.pricing.exact import plain
from apps.pricing.parameters import decimal_from
from apps.pricing.periods.cadence import Cadence, Interval
from apps.scenarios.cases.vocabulary import Case, unbuilt_keys

OF_GRANT = frozenset(
    {
        *("id", "amount", "priority", "effective_at", "expires_at", "voided_at", "deleted_at", "recurrence"),
    }
)
OF_RECURRENCE = frozenset({"interval", "interval_count", "anchor"})


def credit_grants(case: Case) -> list[str]:
    """Burn the case's grants down and return what differs from its balances and overage."""
    given, expected = case["input"], case["expected"]
    missing = [key for grant in given["grants"] for key in _unread(grant)]
    if missing:
        return missing
    state = burn_down(
        [_grant(grant) for grant in given["grants"]],
        [CreditUse(_at(use["at"]), decimal_from(use["amount"], "amount")) for use in given["usage"]],
        starts_at=_at(given["from"]),
        until=_at(given["until"]),
        starting={key: decimal_from(value, key) for key, value in given["starting_balances"].items()},
    )
    actual = {key: plain(balance) for key, balance in state.balances.items()}
    balances = {key: plain(decimal_from(value, key)) for key, value in expected["balances"].items()}
    differences = [] if actual == balances else [f"balances: expected {balances}, got {actual}"]
    overage = decimal_from(expected.get("overage", "0"), "overage")
    if overage != state.overage:
        differences.append(f"overage: expected {plain(overage)}, got {plain(state.overage)}")
    return differences


def _unread(grant: Mapping[str, Any]) -> list[str]:
    recurrence = grant.get("recurrence") or {}
    return unbuilt_keys("grant", grant, OF_GRANT) + unbuilt_keys("recurrence", recurrence, OF_RECURRENCE)


def _grant(grant: Mapping[str, Any]) -> CreditGrant:
    # A deleted grant is worth as little as a voided one.
    ended = [_at(grant[key]) for key in ("voided_at", "deleted_at") if grant.get(key)]
    recurrence = grant.get("recurrence")
    return CreditGrant(
        id=grant["id"],
        amount=decimal_from(grant["amount"], "amount"),
        effective_at=_at(grant["effective_at"]),
        priority=grant.get("priority", 0),
        expires_at=_at(grant["expires_at"]) if grant.get("expires_at") else None,
        voided_at=min(ended, default=None),
        recurrence=_recurrence(recurrence) if recurrence else None,
    )


def _recurrence(recurrence: Mapping[str, Any]) -> Recurrence:
    cadence = Cadence(Interval(recurrence["interval"]), recurrence.get("interval_count", 1))
    return Recurrence(_at(recurrence["anchor"]), cadence)


def _at(value: str) -> datetime:
    return datetime.fromisoformat(value)
