"""Usage that came late: what closed periods cost by now, and drafts that wait for it."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar

from django.db import transaction

from apps.backoffice.services.note_act import note_act
from apps.backoffice.views.invoices import InvoiceAct
from apps.backoffice.views.subscriptions import SubscriptionAct
from apps.billing.enums import LateOutcome
from apps.billing.services.run.finalize_waiting import finalize_waiting
from apps.billing.services.usage.rerate import PeriodDifference, rerate_subscription
from apps.core.formatting import format_day, format_money
from apps.customers.selectors import now_for
from apps.invoices.enums import InvoiceStatus, TaxStatus
from apps.invoices.errors import InvoiceRefused
from apps.invoices.models import Invoice
from apps.invoices.services.ask_tax import ask_tax
from apps.pricing.exact import plain

STILL_WAITS = "It is tried again now; without an answer it stays a draft."
SETTLED_AT_ONCE = (LateOutcome.SUPPLEMENT, LateOutcome.CREDIT_NOTE)


class RerateUsage(SubscriptionAct):
    title: ClassVar = "Re-rate usage"
    button: ClassVar = "Apply"

    def consequences(self) -> list[str]:
        """What differs, period by period, by rating them again and writing nothing."""
        found = rerate_subscription(subscription_id=self.subject.pk, at=self.at).differences
        differing = [self._sentence(one) for one in found if one.outcome != LateOutcome.NONE]
        if not differing:
            return [f"{len(found)} closed periods were rated again: nothing differs from what was billed."]
        if any(one.outcome in SETTLED_AT_ONCE for one in found):
            return [*differing, "Applied, the invoices and credit notes named are issued at once."]
        return [*differing, "All of it comes by itself: there is nothing to issue now."]

    def _sentence(self, one: PeriodDifference) -> str:
        zone, currency = self.subject.customer.time_zone, self.subject.currency
        first, end = (
            format_day(at, locale="en", zone=zone)
            for at in (one.usage.period.starts_at, one.usage.period.ends_at)
        )
        billed, now, difference = (
            format_money(minor, currency, locale="en")
            for minor in (one.billed_minor, one.amount_minor, one.difference_minor)
        )
        return (
            f"{one.usage.item.price.name}, {first} to {end}:"
            f" billed {plain(one.billed_quantity)} for {billed},"
            f" now {plain(one.quantity)} for {now}. {one.outcome.label}: {difference}."
        )

    @transaction.atomic
    def perform(self, answers: dict[str, Any]) -> str:
        at = self.note("rerate_usage", answers)
        settled = rerate_subscription(subscription_id=self.subject.pk, at=at, dry_run=False).settled
        issued = [str(document) for document in (*settled.invoices, *settled.credit_notes)]
        return f"Issued: {', '.join(issued)}." if issued else "Nothing was to be issued now."


class FinalizeNow(InvoiceAct):
    permission: ClassVar = "invoices.change_invoice"
    title: ClassVar = "Finalise the draft"
    button: ClassVar = "Finalise now"

    def consequences(self) -> list[str]:
        waits = self.subject.tax_status == TaxStatus.WAITING
        return [
            *([f"It waits for its tax: {self.subject.tax_problem}", STILL_WAITS] if waits else []),
            "It gets its number and no longer changes, with the usage that has come by now.",
            "Usage that comes later is late, and billed by the rule of its meter.",
            "It is collected as every invoice is.",
        ]

    def perform(self, answers: dict[str, Any]) -> str:
        at = now_for(self.subject.customer)
        # Outside the transaction: a tax service may have to be asked.
        ask_tax(invoice_id=self.subject.pk, at=at)
        invoice = self._finalized(answers["reason"], at)
        if invoice.status == InvoiceStatus.CLOSED:
            return "It comes to nothing, so it is closed without a number."
        return f"Invoice {invoice} is issued."

    @transaction.atomic
    def _finalized(self, reason: str, at: datetime) -> Invoice:
        note_act(subject=self.subject, act="finalize_draft", reason=reason, at=at)
        invoice = finalize_waiting(invoice_id=self.subject.pk, at=at)
        if invoice.tax_status == TaxStatus.WAITING:
            raise InvoiceRefused(f"It still waits for its tax: {invoice.tax_problem}")
        return invoice
