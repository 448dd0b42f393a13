"""What each staff role may see and do, as Django permissions. A superuser may do everything."""

from __future__ import annotations

from apps.accounts.enums import StaffRole

# Every model of these apps may be looked at, one by one with the additions and exceptions below.
SEEN_BY_ALL = (
    "billing",
    "customers",
    "entitlements",
    "invoices",
    "notifications",
    "payments",
    "plans",
    "promos",
    "reporting",
    "subscriptions",
    "taxes",
    "wallets",
)
# No role: secrets of gateways stay with superusers.
SEEN_BY_NONE = frozenset({"payments.view_webhooksecret"})

ALSO_SEEN: dict[StaffRole, frozenset[str]] = {
    StaffRole.SUPPORT: frozenset({"audit.view_event"}),
    StaffRole.FINANCE: frozenset(
        {
            "accounts.view_brand",
            "audit.view_event",
            "audit.view_seal",
            "auditlog.view_logentry",
            "core.view_exchangerate",
            "ledger.view_account",
            "ledger.view_entry",
            "ledger.view_transaction",
        }
    ),
    StaffRole.READ_ONLY: frozenset(
        {
            "accounts.view_apikey",
            "accounts.view_brand",
            "audit.view_event",
            "audit.view_seal",
            "auditlog.view_logentry",
            "core.view_exchangerate",
            "ledger.view_account",
            "ledger.view_entry",
            "ledger.view_transaction",
        }
    ),
}

ACTS: dict[StaffRole, frozenset[str]] = {
    StaffRole.SUPPORT: frozenset(
        {
            "customers.change_customer",
            "customers.change_testclock",
            "entitlements.change_customeraccess",
            "invoices.add_quote",
            "invoices.change_quote",
            "notifications.add_mail",
            "subscriptions.change_subscription",
        }
    ),
    StaffRole.FINANCE: frozenset(
        {
            "accounts.change_brand",
            "billing.add_dunningpolicy",
            "billing.change_collectioncase",
            "billing.change_dunningpolicy",
            "billing.change_parkedcustomer",
            "customers.change_customer",
            "entitlements.change_customeraccess",
            "invoices.add_creditnote",
            "invoices.change_creditnote",
            "invoices.add_numberrule",
            "invoices.change_invoice",
            "invoices.change_numberrule",
            "invoices.add_quote",
            "invoices.change_quote",
            "notifications.add_mail",
            "payments.add_receivedpayment",
            "payments.add_refund",
            "payments.add_bankstatementline",
            "payments.change_bankstatementline",
            "payments.change_dispute",
            "payments.change_gatewayevent",
            "payments.change_gatewaymovement",
            "payments.change_refund",
            "promos.add_coupon",
            "promos.add_promotioncode",
            "promos.change_coupon",
            "promos.change_promotioncode",
            "promos.change_redemption",
            "taxes.add_taxrate",
            "taxes.add_taxregistration",
            "taxes.change_taxidcheck",
            "taxes.change_taxrate",
            "taxes.change_taxregistration",
            "wallets.add_wallet",
            "wallets.change_creditgrant",
            "wallets.change_customerbalance",
            "wallets.change_wallet",
        }
    ),
    StaffRole.READ_ONLY: frozenset(),
}


def group_name(role: StaffRole) -> str:
    """The Django group that carries a role."""
    return role.value
