"""What must know every app, by name, because no app may know a higher one."""

from __future__ import annotations

# In the order in which one instant's work is done: `apps.core.due_work.DueWork` objects.
DUE_WORK: list[str] = [
    # Before what is billed by it.
    "apps.taxes.due.tax_id_checks",
    # Before the bills and credits of the same instant.
    "apps.invoices.due.recognition",
    "apps.billing.due.trial_reminders",
    "apps.billing.due.expiring_cards",
    "apps.billing.due.waiting_drafts",
    "apps.billing.due.renewals",
    "apps.billing.due.late_usage",
    "apps.billing.due.usage_bills",
    "apps.billing.due.collections",
    "apps.invoices.due.quote_expiry",
    # After the bills of the same instant.
    "apps.wallets.due.grant_expiry",
    "apps.wallets.due.regular_top_ups",
    # After what asks for them; their charges are the next turn's.
    "apps.billing.due.top_ups",
]

# Called until each returns 0 before a test clock moves on: outbox readers and inboxes.
DRAINS: list[str] = [
    "apps.billing.due.drain_inbox",
    "apps.billing.due.drain_late_usage",
    "apps.billing.due.drain_unknown_payments",
    "apps.billing.due.drain_refunds",
    "apps.audit.services.seal.drain_unsealed",
    "apps.billing.due.drain_tax_changes",
    "apps.notifications.services.deliver.drain",
    "apps.reporting.services.project.drain",
]

# What /readyz asks beside the database, the migrations and the broker, and what /metrics shows.
READINESS_CHECKS: list[str] = [
    "apps.audit.readiness.check_sealer",
    "apps.audit.readiness.check_outbox",
    "apps.billing.readiness.check_due_work",
]
METRICS: list[str] = [
    "apps.audit.readiness.audit_gauges",
    "apps.payments.readiness.payment_gauges",
    "apps.billing.readiness.billing_gauges",
]

# Which tax codes there are, beside those that products and prices have: what forms of the catalog suggest.
TAX_CODES: list[str] = ["apps.taxes.selectors.rated_codes"]

# Models that staff or customers change; django-auditlog keeps who changed what, with personal data masked.
AUDITLOG_MASK_CALLABLE = "apps.core.masking.mask_all"
AUDITLOG_INCLUDE_TRACKING_MODELS: list[dict[str, object] | str] = [
    {"model": "accounts.Brand", "exclude_fields": ["logo_png"]},
    {
        "model": "accounts.User",
        "exclude_fields": ["last_login", "livemode_selected"],
        "mask_fields": ["email", "name", "password"],
        "m2m_fields": ["groups", "user_permissions"],
    },
    {"model": "accounts.ApiKey", "exclude_fields": ["last_used_at"], "mask_fields": ["key_hash"]},
    {"model": "auth.Group", "m2m_fields": ["permissions"]},
    "core.ExchangeRate",
    {
        "model": "customers.Customer",
        "mask_fields": [
            "name",
            "email",
            "extra_recipients",
            "phone",
            "address_lines",
            "postal_code",
            "city",
            "region",
            "tax_id",
            "metadata",
        ],
    },
    "customers.Member",
    {"model": "customers.Invitation", "mask_fields": ["email"]},
    "taxes.TaxRegistration",
    "taxes.TaxRate",
    "plans.Product",
    {"model": "plans.Plan", "m2m_fields": ["brands"]},
    "plans.PlanVersion",
    "plans.Price",
    "plans.MinimumCommitment",
    "plans.UsageThreshold",
    "plans.Meter",
    {"model": "promos.Coupon", "m2m_fields": ["plans", "products", "meters"]},
    "promos.CouponAmount",
    "promos.PromotionCode",
    "invoices.NumberRule",
    "entitlements.CustomerAccess",
    {
        "model": "entitlements.FeatureFlag",
        "m2m_fields": ["plans", "customers", "groups", "users"],
    },
    {"model": "wallets.Wallet", "exclude_fields": ["balance_minor", "next_top_up_at"]},
    {"model": "waffle.Switch"},
    {"model": "waffle.Sample"},
    {"model": "mfa.Authenticator", "include_fields": ["user", "type"]},
    {"model": "account.EmailAddress", "mask_fields": ["email"]},
]
AUDITLOG_DISABLE_REMOTE_ADDR = False
