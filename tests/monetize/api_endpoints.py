"""Every endpoint of the API with what each kind of caller may expect of it.

`test_api_authorisation.py` walks the URLs and refuses an endpoint that is not declared here.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from tests.monetize.api_world import World

Body = Callable[[World], dict[str, Any]]


class Stranger(Enum):
    """What a key of another brand, or of the other mode, gets."""

    NOT_FOUND = "the same 404 as for what does not exist"
    EMPTY = "a list without anything of ours"
    SHARED = "the installation's one catalog"
    OWN = "something of its own, made anew"
    REFUSED = "what it asks for exists only in the other mode"


@dataclass(frozen=True, slots=True)
class Endpoint:
    scope: str
    stranger: Stranger
    status: int = 200
    body: Body = field(default=lambda world: {})
    query: str = ""


def reads(scope: str, stranger: Stranger = Stranger.NOT_FOUND, **more: Any) -> Endpoint:
    return Endpoint(f"{scope}:read", stranger, **more)


def writes(scope: str, stranger: Stranger = Stranger.NOT_FOUND, **more: Any) -> Endpoint:
    return Endpoint(f"{scope}:write", stranger, **more)


def _purchase(world: World) -> dict[str, Any]:
    return {"customer": world.customer_id, "plan": world.plan_id}


def _amendment(world: World) -> dict[str, Any]:
    return {"id": "sent", "customer": world.customer_id, "event": "call", "properties": {"n": 2}}


def _credit(world: World) -> dict[str, Any]:
    items = [{"line": world.invoice_line_id, "amount_minor": 1000}]
    return {"invoice": world.invoice_id, "items": items, "reason": "other"}


NEW_CUSTOMER = {"name": "Ada", "email": "ada@example.com", "currency": "EUR"}
NEW_VERSION = {
    "prices": [
        {"code": "base", "name": "Fee", "currency": "EUR", "model": "flat", "parameters": {"amount": "9"}}
    ]
}
NEW_METER = {"code": "new", "name": "New", "event_name": "new", "aggregation": "count"}
NEW_COUPON = {"code": "new", "name": "New", "type": "percent", "percent": "10"}
LINE = {"description": "Setup", "unit_price": "120.00"}
SUCCESS = "https://shop.example/thanks"
REPORTED = "from=2026-01-01&to=2026-01-31"
WINDOW = "from=2026-01-01T00:00:00Z&to=2026-02-01T00:00:00Z"
WINDOW_OF = "customer=acme&" + WINDOW

ENDPOINTS: dict[tuple[str, str], Endpoint] = {
    ("GET", "changes"): reads("events", Stranger.EMPTY),
    ("POST", "events"): writes(
        "events",
        body=lambda world: {"id": "e1", "customer": world.customer_id, "event": "call"},
    ),
    ("POST", "events/amend"): writes("event_corrections", body=_amendment),
    ("POST", "events/void"): writes("event_corrections", body=lambda world: {"id": "sent"}),
    ("POST", "events/backfill"): writes(
        "event_corrections",
        body=lambda world: {
            "customer": world.customer_id,
            "event": "call",
            "starts_at": "2026-01-01T00:00:00Z",
            "ends_at": "2026-02-01T00:00:00Z",
        },
    ),
    ("GET", "subscriptions"): reads("subscriptions", Stranger.EMPTY),
    ("POST", "subscriptions"): writes("subscriptions", status=201, body=_purchase),
    ("POST", "subscriptions/preview"): reads("subscriptions", body=_purchase),
    ("GET", "subscriptions/<subscription_id>"): reads("subscriptions", query="expand[]=customer"),
    ("GET", "subscriptions/<subscription_id>/timeline"): reads("subscriptions"),
    ("POST", "subscriptions/<subscription_id>/change"): writes(
        "subscriptions", body=lambda world: {"plan": world.other_plan}
    ),
    ("POST", "subscriptions/<subscription_id>/change/preview"): reads(
        "subscriptions", body=lambda world: {"plan": world.other_plan}
    ),
    ("POST", "subscriptions/<subscription_id>/cancel"): writes("subscriptions"),
    ("POST", "subscriptions/<subscription_id>/cancel/preview"): reads("subscriptions"),
    ("POST", "subscriptions/<subscription_id>/pause"): writes("subscriptions"),
    ("POST", "subscriptions/<subscription_id>/pause/preview"): reads("subscriptions"),
    ("POST", "subscriptions/<subscription_id>/resume"): writes("subscriptions", status=409),
    ("POST", "subscriptions/<subscription_id>/resume/preview"): reads("subscriptions", status=409),
    ("POST", "subscriptions/<subscription_id>/undo"): writes("subscriptions", status=409),
    ("POST", "subscriptions/<subscription_id>/undo/preview"): reads("subscriptions", status=409),
    ("GET", "subscriptions/<subscription_id>/changes"): reads("subscriptions"),
    ("DELETE", "subscriptions/<subscription_id>/changes/<change_id>"): writes("subscriptions", status=409),
    ("POST", "subscriptions/<subscription_id>/reactivate"): writes("subscriptions", status=409),
    ("POST", "subscriptions/<subscription_id>/extend_trial"): writes(
        "subscriptions", status=409, body=lambda world: {"ends_at": "2026-03-01T00:00:00Z"}
    ),
    ("POST", "subscriptions/<subscription_id>/billing_day"): writes(
        "subscriptions", status=409, body=lambda world: {"day": 15}
    ),
    ("POST", "subscriptions/<subscription_id>/rerate"): writes("subscriptions"),
    ("GET", "customers"): reads("customers", Stranger.EMPTY),
    ("POST", "customers"): writes("customers", Stranger.OWN, status=201, body=lambda world: NEW_CUSTOMER),
    ("GET", "customers/external/<external_id>"): reads("customers"),
    ("GET", "customers/<customer_id>"): reads("customers"),
    ("PATCH", "customers/<customer_id>"): writes("customers", body=lambda world: {"name": "Ada King"}),
    ("GET", "customers/<customer_id>/timeline"): reads("customers"),
    ("GET", "customers/<customer_id>/access"): reads("customers"),
    ("GET", "customers/<customer_id>/upcoming_invoices"): reads("invoices"),
    ("GET", "customers/<id>/usage"): reads("usage"),
    ("GET", "customers/<customer_id>/payment_methods"): reads("payments"),
    ("GET", "customers/<customer_id>/payment_methods/<method_id>"): reads("payments"),
    ("DELETE", "customers/<customer_id>/payment_methods/<method_id>"): writes("payments", status=409),
    ("POST", "customers/<customer_id>/payment_methods/<method_id>/default"): writes("payments"),
    ("POST", "customers/<customer_id>/method_setups"): writes("payments", status=201),
    ("POST", "customers/<customer_id>/method_setups/<setup_id>/finish"): writes("payments", status=402),
    ("GET", "disputes"): reads("payments", Stranger.EMPTY),
    ("GET", "disputes/<dispute_id>"): reads("payments"),
    ("GET", "payments"): reads("payments", Stranger.EMPTY),
    ("GET", "payments/<payment_id>"): reads("payments"),
    ("POST", "payments/<payment_id>/refunds"): writes(
        "payments", status=409, body=lambda world: {"amount_minor": 100}
    ),
    ("GET", "refunds"): reads("payments", Stranger.EMPTY),
    ("GET", "refunds/<refund_id>"): reads("payments"),
    ("GET", "invoices"): reads("invoices", Stranger.EMPTY),
    ("POST", "invoices"): writes(
        "invoices", status=201, body=lambda world: {"customer": world.customer_id, "lines": [LINE]}
    ),
    ("DELETE", "invoices/<invoice_id>"): writes("invoices", status=409),
    ("POST", "invoices/<invoice_id>/lines"): writes("invoices", status=409, body=lambda world: LINE),
    ("PATCH", "invoices/<invoice_id>/lines/<line_id>"): writes(
        "invoices", status=409, body=lambda world: {"description": "Setup"}
    ),
    ("DELETE", "invoices/<invoice_id>/lines/<line_id>"): writes("invoices", status=409),
    ("POST", "invoices/<invoice_id>/regenerate"): writes(
        "invoices", status=201, body=lambda world: {"reason": "Wrong address"}
    ),
    ("GET", "invoices/<invoice_id>"): reads("invoices"),
    ("GET", "invoices/<invoice_id>/pdf"): reads("invoices"),
    ("GET", "invoices/<invoice_id>/einvoice"): reads("invoices"),
    ("GET", "credit_notes/<credit_note_id>/pdf"): reads("invoices"),
    ("GET", "credit_notes/<credit_note_id>/einvoice"): reads("invoices"),
    ("GET", "invoices/<invoice_id>/receipt"): reads("invoices", status=409),
    ("GET", "invoices/<invoice_id>/dunning"): reads("invoices"),
    ("POST", "invoices/<invoice_id>/pay"): writes("payments"),
    ("POST", "invoices/<invoice_id>/void"): writes("invoices", body=lambda world: {"reason": "Twice"}),
    ("POST", "invoices/<invoice_id>/mark_uncollectible"): writes(
        "invoices", body=lambda world: {"reason": "Moved away"}
    ),
    ("POST", "invoices/<invoice_id>/finalize"): writes("invoices", status=409),
    ("POST", "invoices/preview"): reads("invoices", body=lambda world: {"customer": world.customer_id}),
    ("GET", "quotes"): reads("quotes", Stranger.EMPTY),
    ("POST", "quotes"): writes("quotes", status=200, body=_purchase),
    ("GET", "quotes/<quote_id>"): reads("quotes"),
    ("POST", "quotes/<quote_id>/accept"): writes("subscriptions", status=201),
    ("POST", "quotes/<quote_id>/cancel"): writes("quotes"),
    ("GET", "credit_notes"): reads("invoices", Stranger.EMPTY),
    ("POST", "credit_notes"): writes("invoices", status=201, body=_credit),
    ("GET", "credit_notes/<credit_note_id>"): reads("invoices", query="expand[]=invoice"),
    ("POST", "credit_notes/<credit_note_id>/void"): writes(
        "invoices", body=lambda world: {"reason": "Wrong line"}
    ),
    ("GET", "customers/<customer_id>/balance"): reads("balances"),
    ("GET", "customers/<customer_id>/balance_movements"): reads("balances"),
    ("POST", "customers/<customer_id>/balance_movements"): writes(
        "balances", status=201, body=lambda world: {"amount_minor": -100, "note": "Given twice"}
    ),
    ("GET", "wallets"): reads("wallets", Stranger.EMPTY),
    ("POST", "wallets"): writes("wallets", status=201, body=lambda world: {"customer": world.customer_id}),
    ("GET", "wallets/<wallet_id>"): reads("wallets"),
    ("PATCH", "wallets/<wallet_id>"): writes("wallets", body=lambda world: {"name": "Credit"}),
    ("POST", "wallets/<wallet_id>/close"): writes("wallets"),
    ("GET", "wallets/<wallet_id>/grants"): reads("wallets"),
    ("POST", "wallets/<wallet_id>/grants"): writes(
        "wallets", status=201, body=lambda world: {"kind": "prepaid", "amount_minor": 1000}
    ),
    ("GET", "wallets/<wallet_id>/movements"): reads("wallets"),
    ("POST", "credit_grants/<grant_id>/void"): writes("wallets", body=lambda world: {"reason": "Mistake"}),
    ("GET", "coupons"): reads("coupons", Stranger.EMPTY),
    ("POST", "coupons"): writes("coupons", Stranger.OWN, status=201, body=lambda world: NEW_COUPON),
    ("GET", "coupons/<coupon_id>"): reads("coupons"),
    ("PATCH", "coupons/<coupon_id>"): writes("coupons", body=lambda world: {"name": "N"}),
    ("GET", "promotion_codes"): reads("coupons", Stranger.EMPTY),
    ("POST", "promotion_codes"): writes(
        "coupons", status=201, body=lambda world: {"coupon": world.coupon_id, "code": "NEW"}
    ),
    ("GET", "promotion_codes/<promotion_code_id>"): reads("coupons"),
    ("PATCH", "promotion_codes/<promotion_code_id>"): writes(
        "coupons", body=lambda world: {"max_redemptions": 100}
    ),
    ("GET", "customers/<customer_id>/redemptions"): reads("coupons"),
    ("POST", "customers/<customer_id>/redemptions"): writes(
        "coupons", status=201, body=lambda world: {"code": "SPRING"}
    ),
    ("POST", "customers/<customer_id>/offers"): reads(
        "coupons",
        body=lambda world: {"codes": ["SPRING"], "currency": "EUR", "lines": [{"amount_minor": 100}]},
    ),
    ("GET", "redemptions/<redemption_id>"): reads("coupons"),
    ("POST", "redemptions/<redemption_id>/end"): writes("coupons"),
    ("GET", "tax_rates"): reads("taxes", Stranger.SHARED),
    ("GET", "tax_registrations"): reads("taxes", Stranger.EMPTY),
    ("POST", "tax_registrations"): writes(
        "taxes",
        Stranger.OWN,
        status=201,
        body=lambda world: {"country": "DE", "scheme": "vat", "valid_from": "2026-01-01"},
    ),
    ("GET", "customers/<customer_id>/tax_id"): reads("customers"),
    ("POST", "customers/<customer_id>/tax_id"): writes("customers", status=409),
    ("GET", "reports/trial_balance"): reads("ledger", Stranger.EMPTY),
    ("GET", "reports/journal"): reads("ledger", Stranger.EMPTY),
    ("GET", "reports/deferred_revenue"): reads("ledger", Stranger.EMPTY),
    ("GET", "reports/tax"): reads("ledger", Stranger.EMPTY, query=REPORTED),
    ("GET", "test_clocks"): reads("test_clocks", Stranger.EMPTY),
    ("POST", "test_clocks"): writes(
        "test_clocks",
        Stranger.REFUSED,
        status=201,
        body=lambda world: {"now_at": "2026-01-01T00:00:00Z"},
    ),
    ("GET", "test_clocks/<test_clock_id>"): reads("test_clocks"),
    ("POST", "test_clocks/<test_clock_id>/advance"): writes(
        "test_clocks", status=202, body=lambda world: {"to": "2026-02-01T00:00:00Z"}
    ),
    ("POST", "test_clocks/<test_clock_id>/release"): writes("test_clocks", status=409),
    ("GET", "products"): reads("catalog", Stranger.SHARED),
    ("POST", "products"): writes(
        "catalog", Stranger.SHARED, status=201, body=lambda world: {"code": "new", "name": "New"}
    ),
    ("GET", "products/<product_id>"): reads("catalog", Stranger.SHARED),
    ("PATCH", "products/<product_id>"): writes("catalog", Stranger.SHARED, body=lambda world: {"name": "N"}),
    ("GET", "meters"): reads("catalog", Stranger.SHARED),
    ("POST", "meters"): writes("catalog", Stranger.SHARED, status=201, body=lambda world: NEW_METER),
    ("GET", "meters/<meter_id>"): reads("catalog", Stranger.SHARED),
    ("PATCH", "meters/<meter_id>"): writes("catalog", Stranger.SHARED, body=lambda world: {"name": "N"}),
    ("GET", "meters/<code>/usage"): reads("usage", query=WINDOW_OF),
    ("GET", "plans"): reads("catalog", Stranger.EMPTY),
    ("POST", "plans"): writes(
        "catalog",
        Stranger.SHARED,
        status=201,
        body=lambda world: {"product": world.product_id, "code": "new", "name": "New"},
    ),
    ("GET", "plans/<plan_id>"): reads("catalog"),
    ("PATCH", "plans/<plan_id>"): writes("catalog", body=lambda world: {"name": "N"}),
    ("GET", "plans/<plan_id>/versions"): reads("catalog"),
    ("POST", "plans/<plan_id>/versions"): writes("catalog", status=201, body=lambda world: NEW_VERSION),
    ("GET", "plans/<plan_id>/versions/<number>"): reads("catalog"),
    ("POST", "plans/<plan_id>/versions/<number>/publish"): writes("catalog", status=409),
    ("POST", "plans/<plan_id>/migrations"): writes(
        "subscriptions",
        Stranger.SHARED,
        status=409,
        body=lambda world: {"from_version": 1, "to_version": 1},
    ),
    ("GET", "prices"): reads("catalog", Stranger.EMPTY),
    ("GET", "prices/<price_id>"): reads("catalog"),
    ("POST", "checkout_sessions"): writes(
        "checkout_sessions",
        status=201,
        body=lambda world: {
            "customer": world.free_customer,
            "plan": world.plan_id,
            "success_url": SUCCESS,
        },
    ),
    ("GET", "checkout_sessions/<session_id>"): reads("checkout_sessions"),
    ("POST", "portal_sessions"): writes(
        "portal_sessions", status=201, body=lambda world: {"customer": world.customer_id}
    ),
}
