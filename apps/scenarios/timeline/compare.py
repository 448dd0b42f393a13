"""What a scenario expects beside what is there, difference by difference."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from apps.invoices.models import Invoice
from apps.notifications.models import Mail
from apps.payments.models import Payment
from apps.pricing.periods.wall_clock import local_day
from apps.scenarios.timeline.compare_amounts import text_differs
from apps.scenarios.timeline.compare_credit_note import credit_note_differences, credit_note_title
from apps.scenarios.timeline.compare_invoice import invoice_differences, invoice_title
from apps.scenarios.timeline.compare_standing import standing_differences
from apps.scenarios.timeline.documents import (
    Seen,
    claimed_invoices,
    issued_credit_notes,
    issued_invoices,
    standing_drafts,
    unseen,
)
from apps.scenarios.timeline.pairing import in_order, least_different
from apps.scenarios.timeline.stage import Stage
from apps.scenarios.timeline.story import Expectation

Given = Mapping[str, Any]


def differences_at(stage: Stage, expectation: Expectation, seen: Seen) -> list[str]:
    """What differs at one instant.

    `invoices`, `payments` and `mails` are those since the expectation before; invoices left out mean that
    none was issued, everything else left out is not looked at.
    """
    given = expectation.given
    differences = _invoices_differ(stage, expectation, seen)
    if "drafts" in given:
        differences += _drafts_differ(stage, expectation)
    notes = issued_credit_notes(stage, seen, expectation)
    if "credit_notes" in given:
        differences += _credit_notes_differ(given["credit_notes"], notes)
    payments, mails = unseen(stage, Payment, seen), unseen(stage, Mail, seen)
    if "payments" in given:
        differences += text_differs("payments", given["payments"], [payment.status for payment in payments])
    if "mails" in given:
        differences += text_differs("mails", sorted(given["mails"]), sorted(mail.kind for mail in mails))
    differences += standing_differences(stage, given)
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

    # Somebody else's case may tell of a draft as of any invoice.
    drafts = standing_drafts(stage, expectation) if loose and "drafts" not in expectation.given else []
    matched = (
        least_different(expected, [*found, *drafts], lambda given, row: len(differ(given, row)))
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
    left = [invoice for invoice in matched.left if invoice not in drafts]
    return differences + [f"{invoice_title(invoice)} was not expected" for invoice in left]


def _drafts_differ(stage: Stage, expectation: Expectation) -> list[str]:
    zone, loose = stage.story.zone, stage.story.claims_days
    found = standing_drafts(stage, expectation)

    def differ(given: Given, draft: Invoice) -> list[str]:
        return invoice_differences(given, draft, zone, loose=loose)

    expected = claimed_invoices(stage, expectation.given["drafts"])
    matched = least_different(expected, found, lambda given, row: len(differ(given, row)))
    differences = []
    for number, (given, draft) in enumerate(matched.both, 1):
        told = ["is missing"] if draft is None else differ(given, draft)
        differences += [f"draft {number}: {difference}" for difference in told]
    return differences + [f"draft: {invoice_title(draft)} was not expected" for draft in matched.left]


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
