"""What a scenario expects beside what is there, difference by difference."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from django.db.models import Model

from apps.entitlements.selectors import access_of
from apps.invoices.enums import InvoiceStatus
from apps.invoices.models import Invoice
from apps.notifications.models import Mail
from apps.payments.models import Payment
from apps.pricing.money import Money
from apps.scenarios.timeline.compare_invoice import amount_differs, invoice_differences, invoice_title
from apps.scenarios.timeline.stage import Stage
from apps.scenarios.timeline.story import Expectation
from apps.subscriptions.enums import ChangeStatus

Given = Mapping[str, Any]
Row = TypeVar("Row", bound=Model)

NOTHING_PENDING = "none"


@dataclass(slots=True)
class Seen:
    """The last row of each kind that an earlier expectation has looked at."""

    rows: dict[type[Model], int] = field(default_factory=dict)


def differences_at(stage: Stage, expectation: Expectation, seen: Seen) -> list[str]:
    """What differs at one instant.

    `invoices`, `payments` and `mails` are those since the expectation before; invoices left out mean that
    none was issued, everything else left out is not looked at.
    """
    given = expectation.given
    differences = _invoices_differ(stage, given.get("invoices") or [], seen)
    payments, mails = _unseen(stage, Payment, seen), _unseen(stage, Mail, seen)
    if "payments" in given:
        differences += _differing("payments", given["payments"], [payment.status for payment in payments])
    if "mails" in given:
        differences += _differing("mails", sorted(given["mails"]), sorted(mail.kind for mail in mails))
    for name, look in _STANDING.items():
        if name in given:
            differences += look(stage, given[name])
    return [f"{expectation.place} {expectation.at:%Y-%m-%d}: {difference}" for difference in differences]


def unexpected_after(stage: Stage, seen: Seen) -> list[str]:
    """Invoices that were issued after the last expectation."""
    left = _issued(stage, seen)
    return [f"after the last expectation: {invoice_title(invoice)} was not expected" for invoice in left]


def _invoices_differ(stage: Stage, expected: list[Given], seen: Seen) -> list[str]:
    found = _issued(stage, seen)
    differences = []
    for number, given in enumerate(expected, 1):
        if number > len(found):
            differences.append(f"invoice {number} of {given.get('total', 'some amount')} was not issued")
            continue
        invoice = found[number - 1]
        differences += [
            f"invoice {number}: {difference}"
            for difference in invoice_differences(given, invoice, stage.story.zone)
        ]
    return differences + [f"{invoice_title(invoice)} was not expected" for invoice in found[len(expected) :]]


def _issued(stage: Stage, seen: Seen) -> list[Invoice]:
    """A total of zero that is closed without a number is not issued."""
    rows = _unseen(stage, Invoice, seen)
    return [row for row in rows if row.status not in (InvoiceStatus.DRAFT, InvoiceStatus.CLOSED)]


def _unseen(stage: Stage, model: type[Row], seen: Seen) -> list[Row]:
    rows = model._default_manager.filter(customer=stage.customer, pk__gt=seen.rows.get(model, 0))
    found = list(rows.order_by("pk"))
    if found:
        seen.rows[model] = found[-1].pk
    return found


def _owed_differs(stage: Stage, expected: str) -> list[str]:
    unpaid = Invoice.objects.filter(customer=stage.customer, status=InvoiceStatus.OPEN)
    currency = stage.story.customer["currency"]
    owed = Money(sum(invoice.due_minor for invoice in unpaid), currency)
    return amount_differs("owed", expected, owed)


def _access_differs(stage: Stage, expected: str) -> list[str]:
    return _differing("access", expected, access_of(stage.customer.pk).value)


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
        for difference in _differing(f"{title} {key}", value, actual[key])
    ]


def _differing(what: str, expected: object, found: object) -> list[str]:
    return [] if expected == found else [f"{what}: expected {expected}, found {found}"]


_STANDING: Mapping[str, Callable[[Stage, Any], list[str]]] = {
    "owed": _owed_differs,
    "access": _access_differs,
    "subscription": _subscription_differs,
    "subscriptions": _subscriptions_differ,
}
