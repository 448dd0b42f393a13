"""Rows of gateways' accounts and of bank statements, one for each name."""

from __future__ import annotations

from apps.accounts.models import Brand
from apps.payments.models import BankStatementLine, GatewayMovement, GatewayPayout
from tests.factories.billing import STARTED_AT


def make_movement(gateway_id: str) -> GatewayMovement:
    """A cost of EUR 1.00 that Stripe took."""
    return GatewayMovement.objects.get_or_create(
        gateway="stripe",
        gateway_id=gateway_id,
        defaults={
            "kind": "fee",
            "gross_minor": -100,
            "fee_minor": 0,
            "currency": "EUR",
            "created_at": STARTED_AT,
        },
    )[0]


def make_payout(gateway_id: str) -> GatewayPayout:
    """Of EUR 27.86, of which no part is known."""
    return GatewayPayout.objects.get_or_create(
        gateway="stripe",
        gateway_id=gateway_id,
        defaults={"amount_minor": 2786, "currency": "EUR", "status": "paid", "created_at": STARTED_AT},
    )[0]


def make_bank_line(brand: Brand) -> BankStatementLine:
    """A transfer of EUR 5.00 without a number."""
    return BankStatementLine.objects.get_or_create(
        brand=brand,
        entry_key="id:1",
        defaults={
            "booked_on": STARTED_AT.date(),
            "amount_minor": 500,
            "currency": "EUR",
            "reference": "Thank you",
            "counterparty": "Ada",
            "imported_at": STARTED_AT,
        },
    )[0]
