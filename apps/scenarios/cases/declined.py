from __future__ import annotations

DECLINED: dict[tuple[str, str], str] = {
    ("next_boundary", "anchor_date_in_year_plus_count"): (
        "skips an anchor date still ahead in the same year: a first period can last almost two years"
    ),
    ("non_numeric", "error"): (
        "an event is taken before any meter reads it: what a meter cannot count, that meter ignores"
    ),
    ("arrears_run", "running_period_included"): (
        "bills a fee in arrears before its period has ended: the customer owes what was not delivered yet"
    ),
    ("tax_items", "added_by_plugin"): (
        "a tax that somebody adds as an item has no base that could be checked: tax follows from the lines"
    ),
    ("tax_on_repair", "not_reversed"): (
        "keeps the tax of an amount that is given back: a credit reduces both (EU VAT Directive, article 90)"
    ),
    ("fixed_charge_on_change", "deduct_already_paid"): (
        "hides a credit in the new fee, and keeps what was paid for a fee that the new plan lacks: "
        "each unused part is credited on a line of its own"
    ),
    ("billing_day_change", "bridge_when_effective"): (
        "bills the days between the paid period and the new day before they begin, on an invoice of their "
        "own: a moved billing day acts at the next renewal"
    ),
    ("add_on_on_change", "ends_if_included_or_unavailable"): (
        "ends a contract that nobody ended: an add-on is a subscription of its own, and ends with its parent "
        "or when somebody ends it"
    ),
}
"""Policy values of the case vocabulary that Monetize does not offer, each with its reason."""


def reason_declined(policy: str, value: object) -> str | None:
    """Return the sentence that declines a policy value, None when it is not declined."""
    reason = DECLINED.get((policy, str(value)))
    return f"{policy} {value!r}: {reason}" if reason else None
