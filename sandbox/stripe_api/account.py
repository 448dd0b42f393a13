"""The one account that the sandbox is."""

from __future__ import annotations

from sandbox.call import Call, Route
from sandbox.errors import missing
from sandbox.messages import Json

ACCOUNT_ID = "acct_1SandboxMonetize0"


def retrieve_account(call: Call, account_id: str = ACCOUNT_ID) -> Json:
    if account_id != ACCOUNT_ID:
        raise missing("account", account_id)
    return {
        "id": ACCOUNT_ID,
        "object": "account",
        "business_profile": {
            "annual_revenue": None,
            "estimated_worker_count": None,
            "mcc": "5734",
            "name": "Monetize sandbox",
            "product_description": None,
            "support_address": None,
            "support_email": None,
            "support_phone": None,
            "support_url": None,
            "url": None,
        },
        "business_type": "company",
        "capabilities": {"card_payments": "active", "transfers": "active"},
        "charges_enabled": True,
        "controller": {"type": "account"},
        "country": "US",
        "created": 1735689600,
        "default_currency": "usd",
        "details_submitted": True,
        "email": "sandbox@example.test",
        "external_accounts": {
            "object": "list",
            "data": [],
            "has_more": False,
            "url": f"/v1/accounts/{ACCOUNT_ID}/external_accounts",
        },
        "metadata": {},
        "payouts_enabled": True,
        "settings": _settings(),
        "tos_acceptance": {"date": None, "ip": None, "user_agent": None},
        "type": "standard",
    }


def list_accounts(call: Call) -> Json:
    """Connected accounts: there are none."""
    return {"object": "list", "data": [], "has_more": False, "url": "/v1/accounts"}


def _settings() -> Json:
    return {
        "branding": {"icon": None, "logo": None, "primary_color": None, "secondary_color": None},
        "card_payments": {
            "decline_on": {"avs_failure": False, "cvc_failure": False},
            "statement_descriptor_prefix": None,
        },
        "dashboard": {"display_name": "Monetize sandbox", "timezone": "Etc/UTC"},
        "payments": {"statement_descriptor": "MONETIZE SANDBOX"},
        "payouts": {"debit_negative_balances": True, "schedule": {"delay_days": 2, "interval": "daily"}},
    }


ROUTES = (
    Route("GET", "/v1/account", retrieve_account),
    Route("GET", "/v1/accounts/{account}", retrieve_account),
    Route("GET", "/v1/accounts", list_accounts),
)
