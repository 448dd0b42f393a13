"""Words that pages show and that stand elsewhere in plain English: here they are found to be translated."""

from __future__ import annotations

from django.utils.translation import gettext_noop, ngettext

# Labels of the enums of lower apps, as badges and lists show them.
LABELS = (
    gettext_noop("Draft"),
    gettext_noop("Open"),
    gettext_noop("Paid"),
    gettext_noop("Void"),
    gettext_noop("Uncollectible"),
    gettext_noop("Issued"),
    gettext_noop("Scheduled"),
    gettext_noop("Trialing"),
    gettext_noop("Active"),
    gettext_noop("Past due"),
    gettext_noop("Paused"),
    gettext_noop("Canceled"),
    gettext_noop("Pending"),
    gettext_noop("Processing"),
    gettext_noop("Sending"),
    gettext_noop("Needs the customer"),
    gettext_noop("Unknown"),
    gettext_noop("Read-only"),
    gettext_noop("Suspended"),
    gettext_noop("Succeeded"),
    gettext_noop("Failed"),
    gettext_noop("Credit note"),
    gettext_noop("Negative invoice total"),
    gettext_noop("Overpayment"),
    gettext_noop("Credit by staff"),
    gettext_noop("Given back by a voided invoice"),
    gettext_noop("Applied to an invoice"),
    gettext_noop("Credit note voided"),
    gettext_noop("Debit by staff"),
    gettext_noop("Refunded"),
    gettext_noop("Refund that came back"),
    gettext_noop("Viewer"),
    gettext_noop("Billing"),
    gettext_noop("Owner"),
    gettext_noop("It is too expensive"),
    gettext_noop("Features are missing"),
    gettext_noop("I switched to another service"),
    gettext_noop("I do not use it enough"),
    gettext_noop("Customer service was not good enough"),
    gettext_noop("The quality was not good enough"),
    gettext_noop("It is too complicated"),
    gettext_noop("Another reason"),
    gettext_noop("Payment failed"),
    gettext_noop("Trial ended"),
    gettext_noop("Replaced by another plan"),
    gettext_noop("The agreed term ended"),
    gettext_noop("What it was added to ended"),
)


def cadences() -> list[str]:
    """Rhythms as `price_texts.cadence_text` names them; called by nobody."""
    return [
        ngettext("day", "days", 1),
        ngettext("week", "weeks", 1),
        ngettext("month", "months", 1),
        ngettext("quarter", "quarters", 1),
        ngettext("half-year", "half-years", 1),
        ngettext("year", "years", 1),
    ]
