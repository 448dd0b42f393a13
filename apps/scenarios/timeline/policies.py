"""Which policies of the case vocabulary a scenario may name, and which of them a plan version stores."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from apps.plans.policies import policy_fault
from apps.scenarios.cases.vocabulary import Case
from apps.scenarios.timeline import vocabulary

# One key of the vocabulary for what a version says of each direction.
_TIMING = "change_timing"
_TIMINGS = ("upgrade_timing", "downgrade_timing")


def version_policies(policies: Mapping[str, Any]) -> dict[str, str]:
    """Those that a plan version stores under the same key."""
    stored = {key: value for key, value in policies.items() if _is_stored(key, value)}
    if _TIMING in policies and _TIMING not in stored:
        stored |= {key: policies[_TIMING] for key in _TIMINGS if _is_stored(key, policies[_TIMING])}
    return stored


def known_policies(case: Case) -> dict[str, frozenset[str]]:
    """The values that each policy of a case may have: facts of ours, and what a version can store."""
    known = dict(vocabulary.POLICIES)
    for key, value in (case.get("policies") or {}).items():
        if version_policies({key: value}):
            known[key] = known.get(key, frozenset()) | {value}
    return known


def _is_stored(key: str, value: object) -> bool:
    return policy_fault({key: value}) is None
