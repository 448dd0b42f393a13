"""`docs/deviations.md`, made from the table of declined policies so that the two cannot differ."""

from __future__ import annotations

from apps.scenarios.cases.declined import DECLINED

_HEAD = """\
# What Monetize declines

Billing engines differ in what they do at the edges. Monetize offers the ways that a company may sensibly
choose, as named policies, and declines the rest. `manage.py scenarios` counts cases that rest on one of these
apart from failures.

| policy | value | why not |
|---|---|---|
"""
_FOOT = """
Made by `manage.py scenarios --deviations` from `apps/scenarios/cases/declined.py`.
"""


def deviations_page() -> str:
    """The page, in order of policy and value."""
    rows = "".join(f"| `{policy}` | `{value}` | {reason} |\n" for (policy, value), reason in _in_order())
    return f"{_HEAD}{rows}{_FOOT}"


def _in_order() -> list[tuple[tuple[str, str], str]]:
    return sorted(DECLINED.items())
