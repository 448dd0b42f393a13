"""What a scenario may say: docs/scenarios/README.md tells the same words to people."""

from __future__ import annotations

from collections.abc import Mapping

from apps.accounts.enums import DiscountAllocationName, DiscountOrderName, TaxRoundingName

FIELDS = frozenset(
    {
        *("title", "currency", "brand", "tax", "catalog", "coupons", "customer", "steps", "expect"),
        *("policies", "needs"),
    }
)
# Facts of ours, and what an adapter says in other words; a plan version stores the other policies itself.
POLICIES: Mapping[str, frozenset[str]] = {
    "alignment": frozenset({"anniversary", "calendar", "billing_day"}),
    "anchor_precision": frozenset({"local_day"}),
    "period_end": frozenset({"exclusive"}),
    "week_start": frozenset({"monday"}),
    "month_end": frozenset({"clamp_keep_anchor_day"}),
    "first_period_ends": frozenset({"next_anchor_day", "end_of_interval", "next_billing_day_of_month"}),
    "billing_day_source": frozenset({"first_paid_phase"}),
    "arrears_run": frozenset({"at_period_end", "last_ended_period"}),
    "amount_rounding": frozenset({"half_up"}),
    "started_package": frozenset({"whole"}),
    "trial_end_precision": frozenset({"second"}),
    "zero_price_credit": frozenset({"none"}),
    "zero_credit": frozenset({"no_document"}),
    "adjustment": frozenset({"account_credit"}),
    "cancel_withdrawn": frozenset({"periods_unchanged"}),
    "end_on_boundary": frozenset({"finished_period_only"}),
    "phase_end": frozenset({"cuts_period", "on_boundary"}),
    "account_credit_use": frozenset({"automatic_on_next_invoice", "open_invoices_then_new"}),
    "usage_on_termination_day": frozenset({"counted"}),
    "usage_after_termination": frozenset({"ignored"}),
    "usage_proration": frozenset({"days_from_event_day"}),
    "active_days": frozenset({"both_included"}),
    "late_usage": frozenset({"next_invoice", "ignored"}),
    "late_usage_limit": frozenset({"two_periods_back"}),
    "commitment_counts": frozenset({"plan_fee_and_all_usage"}),
    "commitment_at_termination": frozenset({"whole_advance_fee_counts"}),
    "fixed_charge_on_change": frozenset({"bill_again_in_full"}),
    "charge_minimum": frozenset({"true_up_line"}),
    "charge_minimum_proration": frozenset({"active_days"}),
    "threshold_invoice": frozenset({"all_unbilled_usage_of_period"}),
    "threshold_credit": frozenset({"period_end_invoice"}),
    "threshold_scope": frozenset({"lifetime_amount"}),
    "threshold_recurring": frozenset({"once_in_lifetime", "each_multiple_one_invoice"}),
    "tax_rounding": frozenset(TaxRoundingName.values),
    "tax_on_repair": frozenset({"reversed_to_credit"}),
    "credit_coupon_share": frozenset({"proportional_before_tax"}),
    "discount_order": frozenset({*DiscountOrderName.values, "before_tax"}),
    "discount_allocation": frozenset(DiscountAllocationName.values),
    "discount_tax": frozenset({"before_tax"}),
    "discount_base": frozenset({"remaining"}),
    "discount_limit": frozenset({"total"}),
    "wallet_pays": frozenset({"total_with_tax"}),
    "wallet_scope": frozenset({"listed_metrics_only"}),
    "wallet_balance": frozenset({"final_invoices_only"}),
    "wallet_ongoing_balance": frozenset({"less_drafts_and_current_usage_with_tax"}),
}
NEEDS = frozenset(
    {
        *("usage", "trial", "proration", "quantity", "payment", "plan_change", "termination", "timezone"),
        *("billing_day", "credit_note", "account_credit", "commitment", "progressive", "pause", "phases"),
        *("fixed_charge", "adjustment", "add_on"),
        *("charge_minimum", "charge_filter", "draft_invoice", "tax", "coupon", "wallet"),
    }
)

BRAND = frozenset({"country", "tax_id", "time_zone", "tax_rounding", "discount_order", "discount_allocation"})
TAX = frozenset({"registrations", "rates"})
REGISTRATION = frozenset(
    {"country", "region", "scheme", "number", "from", "until", "unchecked_ids", "consumers_abroad"}
)
RATE = frozenset({"country", "region", "level", "tax_code", "kind", "name", "percent", "from"})
COUPON = frozenset(
    {
        *("code", "name", "percent", "amount", "minimum", "duration", "invoices", "combinable"),
        *("plans", "products", "meters", "max_redemptions", "max_per_customer"),
    }
)

# Fields of each step beside `at`, `do`, `refused` and `note`: those it needs, and those it may have.
STEPS: Mapping[str, tuple[frozenset[str], frozenset[str]]] = {
    "subscribe": (
        frozenset({"plan"}),
        frozenset({"subscription", "add_on_to", "quantity", "trial_days", "collection", "ending_at", "then"}),
    ),
    "card": (frozenset(), frozenset({"card", "behaviour"})),
    "card_behaviour": (frozenset({"behaviour"}), frozenset()),
    "send_event": (frozenset({"event"}), frozenset({"properties", "timestamp", "id"})),
    "send_events": (frozenset({"events"}), frozenset()),
    "void_event": (frozenset({"id"}), frozenset()),
    "change_plan": (frozenset({"plan"}), frozenset({"subscription", "quantity", "when", "unused"})),
    "change_quantity": (frozenset({"quantity"}), frozenset({"subscription", "when", "unused"})),
    "set_billing_day": (frozenset({"day"}), frozenset({"subscription"})),
    "pause": (frozenset(), frozenset({"subscription", "until", "unused"})),
    "resume": (frozenset(), frozenset({"subscription"})),
    "cancel": (frozenset(), frozenset({"subscription", "when", "reason", "comment", "unused"})),
    "undo": (frozenset(), frozenset({"subscription"})),
    "credit_note": (frozenset({"items"}), frozenset({"to"})),
    "add_credit": (frozenset({"amount"}), frozenset({"pays_open"})),
    "pay": (frozenset(), frozenset()),
    "redeem": (frozenset({"code"}), frozenset({"subscription"})),
    "grant": (
        frozenset({"amount"}),
        frozenset({"kind", "wallet", "name", "priority", "starts_at", "expires_at", "plans", "meters"}),
    ),
    "change_customer": (frozenset(), frozenset({"country", "region", "postal_code", "city", "tax_id"})),
    "finalize": (frozenset(), frozenset()),
    "advance": (frozenset(), frozenset()),
}
EVERY_STEP = frozenset({"at", "do", "refused", "note"})
# They talk to the gateway: a scenario with one of them gets a sandbox.
GATEWAY_STEPS = frozenset({"card", "card_behaviour", "pay"})

EXPECTATION = frozenset(
    {
        *("at", "note", "invoices", "credit_notes", "balance", "payments", "owed", "mails", "access"),
        *("subscription", "subscriptions", "drafts", "wallet_balance", "wallet_ongoing_balance"),
    }
)
SUBSCRIPTION = frozenset({"status", "plan", "quantity", "pending"})
# `derived` and `calc` say where a number came from: they are for people.
INVOICE = frozenset(
    {
        *("kind", "status", "currency", "lines", "partial", "derived", "issued_on"),
        *("subtotal", "discount", "tax", "progressive_credit", "total", "payable", "owed"),
        *("balance_credited", "balance_applied", "prepaid_applied", "tax_included", "discounts", "taxes"),
    }
)
# `tax` is the line's part of the invoice's tax, `tax_alone` what it would be if the line were all.
LINE = frozenset(
    {
        *("label", "amount", "quantity", "units", "period_start", "period_end", "calc"),
        *("discount", "exact_discount", "tax", "tax_alone", "tax_percent"),
    }
)
DISCOUNT = frozenset({"name", "amount"})
TAXES = frozenset({"name", "jurisdiction", "category", "percent", "taxable", "tax", "note"})
CREDIT_NOTE = frozenset(
    {
        *("subtotal", "discount", "net", "tax", "tax_included", "total", "refund", "balance", "offset"),
        "taxes",
    }
)
