"""What a scenario may say: docs/scenarios/README.md tells the same words to people."""

from __future__ import annotations

from collections.abc import Mapping

FIELDS = frozenset({"title", "currency", "catalog", "customer", "steps", "expect", "policies", "needs"})
POLICIES: Mapping[str, frozenset[str]] = {
    "alignment": frozenset({"anniversary", "calendar"}),
    "anchor_precision": frozenset({"local_day"}),
    "period_end": frozenset({"exclusive"}),
    "week_start": frozenset({"monday"}),
    "month_end": frozenset({"clamp_keep_anchor_day"}),
    "first_period_ends": frozenset({"next_anchor_day", "end_of_interval"}),
    "arrears_run": frozenset({"at_period_end"}),
    "amount_rounding": frozenset({"half_up"}),
    "proration_unit": frozenset({"day"}),
    "proration_rounding": frozenset({"amount"}),
    "denominator": frozenset({"full_period"}),
    "started_package": frozenset({"whole"}),
    "upgrade_timing": frozenset({"period_end"}),
    "downgrade_timing": frozenset({"period_end"}),
    "quantity_change_timing": frozenset({"period_end"}),
    "trial_kind": frozenset({"phase"}),
    "trial_usage": frozenset({"free"}),
}
NEEDS = frozenset(
    {"usage", "trial", "proration", "quantity", "payment", "plan_change", "termination", "timezone"}
)

# Fields of each step beside `at`, `do`, `refused` and `note`: those it needs, and those it may have.
STEPS: Mapping[str, tuple[frozenset[str], frozenset[str]]] = {
    "subscribe": (frozenset({"plan"}), frozenset({"subscription", "quantity", "trial_days", "collection"})),
    "card": (frozenset(), frozenset({"card", "behaviour"})),
    "card_behaviour": (frozenset({"behaviour"}), frozenset()),
    "send_event": (frozenset({"event"}), frozenset({"properties", "timestamp", "id"})),
    "send_events": (frozenset({"events"}), frozenset()),
    "change_plan": (frozenset({"plan"}), frozenset({"subscription", "quantity"})),
    "cancel": (frozenset(), frozenset({"subscription", "when", "reason", "comment"})),
    "undo": (frozenset(), frozenset({"subscription"})),
    "pay": (frozenset(), frozenset()),
    "advance": (frozenset(), frozenset()),
}
EVERY_STEP = frozenset({"at", "do", "refused", "note"})
# They talk to the gateway: a scenario with one of them gets a sandbox.
GATEWAY_STEPS = frozenset({"card", "card_behaviour", "pay"})

EXPECTATION = frozenset(
    {
        *("at", "note", "invoices", "payments", "owed", "mails", "access"),
        *("subscription", "subscriptions"),
    }
)
SUBSCRIPTION = frozenset({"status", "plan", "quantity", "pending"})
# `derived` and `calc` say where a number came from: they are for people.
INVOICE = frozenset(
    {
        *("kind", "status", "currency", "lines", "partial", "derived", "issued_on"),
        *("subtotal", "discount", "tax", "total", "owed"),
    }
)
LINE = frozenset({"label", "amount", "quantity", "period_start", "period_end", "calc"})
