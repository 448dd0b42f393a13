"""Reading a case strictly: what nobody understands is named, never skipped over."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from apps.scenarios.cases.declined import reason_declined
from apps.scenarios.cases.outcome import Outcome

Case = Mapping[str, Any]

# For people only: they never choose a rule.
PROSE = frozenset(
    {"id", "source", "source_test", "notes", "rule", "title", "description", "quirk", "tags", "asserted"}
)


def unbuilt(
    case: Case, *, fields: Collection[str], policies: Mapping[str, Collection[str]]
) -> Outcome | None:
    """Return declined or failed when the case needs what Monetize does not offer, None when it may run."""
    named = case.get("policies") or {}
    declined = [reason for key, value in named.items() if (reason := reason_declined(key, value))]
    if declined:
        return Outcome("declined", declined)
    missing = [f"field {key!r} is not built yet" for key in case if key not in fields and key not in PROSE]
    for key, value in named.items():
        if key not in policies:
            missing.append(f"policy {key!r} is not built yet")
        elif value not in policies[key]:
            missing.append(f"policy {key!r} has no value {value!r} yet")
    return Outcome("failed", missing) if missing else None


def unbuilt_keys(kind: str, keys: Collection[str], known: Collection[str]) -> list[str]:
    """Return a difference for each key that is not known."""
    return [f"{kind} {key!r} is not built yet" for key in keys if key not in known]
