from __future__ import annotations

DECLINED: dict[tuple[str, str], str] = {
    ("next_boundary", "anchor_date_in_year_plus_count"): (
        "skips an anchor date still ahead in the same year: a first period can last almost two years"
    ),
    ("non_numeric", "error"): (
        "an event is taken before any meter reads it: what a meter cannot count, that meter ignores"
    ),
}
"""Policy values of the case vocabulary that Monetize does not offer, each with its reason."""


def reason_declined(policy: str, value: object) -> str | None:
    """Return the sentence that declines a policy value, None when it is not declined."""
    reason = DECLINED.get((policy, str(value)))
    return f"{policy} {value!r}: {reason}" if reason else None
