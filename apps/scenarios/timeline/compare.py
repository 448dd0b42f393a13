"""What a scenario expects beside what is there, difference by difference."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from apps.entitlements.selectors import access_of
from apps.invoices.enums import InvoiceStatus
from apps.invoices.models import Invoice
from apps.notifications.models import Mail
from apps.payments.models import Payment
from apps.pricing.money import Money
from apps.pricing.periods.wall_clock import local_day
from apps.scenarios.timeline.compare_amounts import amount_differs
from apps.scenarios.timeline.compare_credit_note import credit_note_differences, credit_note_title
from apps.scenarios.timeline.compare_invoice import invoice_differences, invoice_title
from apps.scenarios.timeline.documents import (
    Seen,
    claimed_invoices,
    issued_credit_notes,
    issued_invoices,
    unseen,
)
from apps.scenarios.timeline.pairing import in_order, least_different
from apps.scenarios.timeline.stage import Stage
from apps.scenarios.timeline.story import Expectation
from apps.subscriptions.enums import ChangeStatus
from apps.wallets.selectors import balance_of

Given = Mapping[str, Any]

NOTHING_PENDING = "none"


def differences_at(stage: Stage, expectation: Expectation, seen: Seen) -> list[str]:
    """What differs at one instant.

    `invoices`, `payments` and `mails` are those since the expectation before; invoices left out mean that
    none was issued, everything else left out is not looked at.
    """
    given = expectation.given
    differences = _invoices_differ(stage, expectation, seen)
    notes = issued_credit_notes(stage, seen, expectation)
    if "credit_notes" in given:
        differences += _credit_notes_differ(given["credit_notes"], notes)
    payments, mails = unseen(stage, Payment, seen), unseen(stage, Mail, seen)
    if "payments" in given:
        differences += _differing("payments", given["payments"], [payment.status for payment in payments])
    if "mails" in given:
        differences += _differing("mails", sorted(given["mails"]), sorted(mail.kind for mail in mails))
    for name, look in _STANDING.items():
        if name in given:
            differences += look(stage, given[name])
    day = local_day(expectation.at, stage.story.zone)
    return [f"{expectation.place} {day}: {difference}" for difference in differences]


def unexpected_after(stage: Stage, seen: Seen) -> list[str]:
    """Invoices that were issued after the last expectation."""
    left = issued_invoices(stage, seen)
    return [f"after the last expectation: {invoice_title(invoice)} was not expected" for invoice in left]


def _invoices_differ(stage: Stage, expectation: Expectation, seen: Seen) -> list[str]:
    found = issued_invoices(stage, seen, expectation)
    expected = claimed_invoices(stage, expectation.given.get("invoices") or [])
    loose = stage.story.claims_days

    def differ(given: Given, invoice: Invoice) -> list[str]:
        return invoice_differences(given, invoice, stage.story.zone, loose=loose)

    matched = (
        least_different(expected, found, lambda given, row: len(differ(given, row)))
        if loose
        else in_order(expected, found)
    )
    differences = []
    for number, (given, match) in enumerate(matched.both, 1):
        if match is None:
            amount = given.get("total", given.get("payable", "some amount"))
            differences.append(f"invoice {number} of {amount} was not issued")
        else:
            differences += [f"invoice {number}: {difference}" for difference in differ(given, match)]
    return differences + [f"{invoice_title(invoice)} was not expected" for invoice in matched.left]


def _credit_notes_differ(expected: list[Given], found: list[Any]) -> list[str]:
    differences = []
    matched = least_different(expected, found, lambda given, row: len(credit_note_differences(given, row)))
    for number, (given, match) in enumerate(matched.both, 1):
        if match is None:
            differences.append(f"credit note {number} of {given.get('total')} was not issued")
        else:
            told = credit_note_differences(given, match)
            differences += [f"credit note {number}: {difference}" for difference in told]
    return differences + [f"{credit_note_title(note)} was not expected" for note in matched.left]


def _owed_differs(stage: Stage, expected: str) -> list[str]:
    unpaid = Invoice.objects.filter(customer=stage.customer, status=InvoiceStatus.OPEN)
    currency = stage.story.customer["currency"]
    owed = Money(sum(invoice.due_minor for invoice in unpaid), currency)
    return amount_differs("owed", expected, owed)


def _balance_differs(stage: Stage, expected: str) -> list[str]:
    currency = stage.story.customer["currency"]
    held = Money(balance_of(stage.customer.pk, currency), currency)
    return amount_differs("balance", expected, held)


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
    "balance": _balance_differs,
    "access": _access_differs,
    "subscription": _subscription_differs,
    "subscriptions": _subscriptions_differ,
}
