"""Identifiers shaped as Stripe's: a prefix and letters and digits without meaning."""

from __future__ import annotations

import secrets
import string

_ALPHABET = string.ascii_letters + string.digits
PREFIXES = {
    "customer": "cus_",
    "payment_method": "pm_",
    "setup_intent": "seti_",
    "payment_intent": "pi_",
    "charge": "ch_",
    "refund": "re_",
    "dispute": "du_",
    "payout": "po_",
    "balance_transaction": "txn_",
    "event": "evt_",
    "webhook_endpoint": "we_",
    "request": "req_",
    "fault": "fault_",
    "setup_attempt": "setatt_",
    "tax.calculation": "taxcalc_",
    "tax.calculation_line_item": "tax_li_",
}


def random_text(length: int) -> str:
    return "".join(secrets.choice(_ALPHABET) for _ in range(length))


def new_id(kind: str) -> str:
    """A fresh identifier; 24 characters after the prefix, 14 for customers and requests, as Stripe's."""
    return PREFIXES[kind] + random_text(14 if kind in {"customer", "request"} else 24)


def new_client_secret(intent_id: str) -> str:
    return f"{intent_id}_secret_{random_text(25)}"
