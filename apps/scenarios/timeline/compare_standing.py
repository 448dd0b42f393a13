"""How things stand at an instant: what is owed and held, contracts, access."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from apps.billing.services.usage.ongoing_wallet_balance import ongoing_wallet_balance
from apps.customers.selectors import now_for
from apps.entitlements.selectors import access_of
from apps.invoices.enums import InvoiceStatus
from apps.invoices.models import Invoice
from apps.pricing.money import Money
from apps.scenarios.timeline.compare_amounts import amount_differs, text_differs
from apps.scenarios.timeline.stage import Stage
from apps.subscriptions.enums import ChangeStatus
from apps.wallets.models import Wallet
from apps.wallets.selectors import balance_of

Given = Mapping[str, Any]

NOTHING_PENDING = "none"


def standing_differences(stage: Stage, given: Given) -> list[str]:
    """What differs of the fields that tell how things stand; those left out are not looked at."""
    return [
        difference
        for name, look in _STANDING.items()
        if name in given
        for difference in look(stage, given[name])
    ]


def _owed_differs(stage: Stage, expected: str) -> list[str]:
    unpaid = Invoice.objects.filter(customer=stage.customer, status=InvoiceStatus.OPEN)
    currency = stage.story.customer["currency"]
    owed = Money(sum(invoice.due_minor for invoice in unpaid), currency)
    return amount_differs("owed", expected, owed)


def _balance_differs(stage: Stage, expected: str) -> list[str]:
    currency = stage.story.customer["currency"]
    held = Money(balance_of(stage.customer.pk, currency), currency)
    return amount_differs("balance", expected, held)


def _wallet_differs(stage: Stage, expected: str) -> list[str]:
    currency = stage.story.customer["currency"]
    wallets = Wallet.objects.filter(customer=stage.customer, currency=currency)
    held = Money(sum(wallet.balance_minor for wallet in wallets), currency)
    return amount_differs("wallet_balance", expected, held)


def _ongoing_differs(stage: Stage, expected: str) -> list[str]:
    currency = stage.story.customer["currency"]
    left = ongoing_wallet_balance(customer=stage.customer, currency=currency, at=now_for(stage.customer))
    return amount_differs("wallet_ongoing_balance", expected, Money(left, currency))


def _access_differs(stage: Stage, expected: str) -> list[str]:
    return text_differs("access", expected, access_of(stage.customer.pk).value)


def _subscription_differs(stage: Stage, expected: Given | str) -> list[str]:
    return _named_differs(stage, None, expected)


def _subscriptions_differ(stage: Stage, expected: Given) -> list[str]:
    return [
        difference for name, given in expected.items() for difference in _named_differs(stage, name, given)
    ]


def _named_differs(stage: Stage, name: str | None, expected: Given | str) -> list[str]:
    given = {"status": expected} if isinstance(expected, str) else expected
    title = f"subscription {name!r}" if name else "subscription"
    try:
        found = stage.subscription(name)
    except LookupError:
        return [f"{title}: there is none"]
    pending = found.changes.filter(status=ChangeStatus.PENDING).first()
    actual = {
        "status": found.status,
        "plan": found.plan_version.plan.code,
        "quantity": found.quantity,
        "pending": pending.kind if pending else NOTHING_PENDING,
    }
    return [
        difference
        for key, value in given.items()
        for difference in text_differs(f"{title} {key}", value, actual[key])
    ]


_STANDING: Mapping[str, Callable[[Stage, Any], list[str]]] = {
    "owed": _owed_differs,
    "balance": _balance_differs,
    "wallet_balance": _wallet_differs,
    "wallet_ongoing_balance": _ongoing_differs,
    "access": _access_differs,
    "subscription": _subscription_differs,
    "subscriptions": _subscriptions_differ,
}
