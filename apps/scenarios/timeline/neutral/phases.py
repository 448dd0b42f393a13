"""Plans with phases: ours is one plan for each phase, and a schedule of changes between them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Values = Mapping[str, Any]

# How long a phase lasts, in the words of both schemas.
LENGTHS = ("days", "weeks", "months", "years")


def phase_plans(plan: Values) -> list[dict[str, Any]]:
    """The plan of each phase in order, the last without an end: the plan itself. A trial comes first."""
    phases = plan.get("phases") or ()
    last = {name: value for name, value in plan.items() if name != "phases"}
    before = [{**last, **phase, "code": phase_code(plan["code"], n)} for n, phase in enumerate(phases, 1)]
    return [{name: value for name, value in one.items() if name not in LENGTHS} for one in [*before, last]]


def phase_steps(plan: Values) -> list[dict[str, Any]]:
    """What follows the first phase: `{after: {months: 1}, plan}`, each counted from the phase before."""
    phases = plan.get("phases") or ()
    codes = [phase_code(plan["code"], number) for number in range(2, len(phases) + 1)] + [plan["code"]]
    return [
        {"after": {name: phase[name] for name in LENGTHS if name in phase}, "plan": code}
        for phase, code in zip(phases, codes, strict=False)
    ]


def phase_code(plan: str, number: int) -> str:
    return f"{plan}-phase-{number}"
