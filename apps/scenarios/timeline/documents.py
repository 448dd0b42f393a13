"""Which documents an expectation is about, and which expected one each of them is.

A scenario of ours tells all that is issued since the expectation before, in order. A case of the neutral
schema claims only what its own day and its own act bring: it lists no others, and documents of nothing are
free.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, TypeVar

from django.db.models import Model

from apps.invoices.enums import InvoiceStatus
from apps.invoices.models import CreditNote, Invoice
from apps.pricing.parameters import decimal_from
from apps.pricing.periods.wall_clock import local_day
from apps.scenarios.timeline.stage import Stage
from apps.scenarios.timeline.story import Expectation

Given = Mapping[str, Any]
Row = TypeVar("Row", bound=Model)
# They bring no document by themselves, or belong to what is claimed of the day.
_NO_ACTS = ("send_event", "send_events", "redeem", "grant", "finalize")
_AMOUNTS = ("subtotal", "discount", "tax", "total", "payable", "balance_applied", "balance_credited")


@dataclass(slots=True)
class Seen:
    """The last row of each kind that an earlier expectation has looked at, and the drafts among them."""

    rows: dict[type[Model], int] = field(default_factory=dict)
    drafts: list[int] = field(default_factory=list)


def unseen(stage: Stage, model: type[Row], seen: Seen) -> list[Row]:
    """Rows of the customer since the expectation before, oldest first; they count as seen from now on."""
    rows = model._default_manager.filter(customer=stage.customer, pk__gt=seen.rows.get(model, 0))
    found = list(rows.order_by("pk"))
    if found:
        seen.rows[model] = found[-1].pk
    return found


def issued_invoices(stage: Stage, seen: Seen, expectation: Expectation | None = None) -> list[Invoice]:
    """What the expectation is about. A total of zero that is closed without a number is not issued."""
    rows = _no_drafts(stage, seen)
    if not stage.story.claims_days:
        return [row for row in rows if row.status != InvoiceStatus.CLOSED]
    if expectation is None:
        return []
    issued = [(row.finalized_at, row) for row in rows if row.finalized_at and _says_something(row)]
    window = _window(stage, expectation)
    claimed = [row for at, row in issued if window.holds(at)]
    if not claimed and issued and _is_run(stage, expectation) and expectation.given.get("invoices"):
        # The case bills by hand, some days after what it bills was due.
        last = local_day(issued[-1][0], stage.story.zone)
        claimed = [row for at, row in issued if local_day(at, stage.story.zone) == last]
    return claimed


def standing_drafts(stage: Stage, expectation: Expectation) -> list[Invoice]:
    """The drafts that stand at an expectation; where days are claimed, those of its own day."""
    drafts = Invoice.objects.filter(customer=stage.customer, status=InvoiceStatus.DRAFT).order_by("pk")
    if not stage.story.claims_days:
        return list(drafts)
    window = _window(stage, expectation)
    return [row for row in drafts if window.holds(row.created_at)]


def _no_drafts(stage: Stage, seen: Seen) -> list[Invoice]:
    """What is no draft, or was one when it was looked at and is none any more."""
    earlier = Invoice.objects.filter(pk__in=seen.drafts).order_by("pk")
    rows = [*earlier, *unseen(stage, Invoice, seen)]
    seen.drafts = [row.pk for row in rows if row.status == InvoiceStatus.DRAFT]
    return [row for row in rows if row.status != InvoiceStatus.DRAFT]


def issued_credit_notes(stage: Stage, seen: Seen, expectation: Expectation) -> list[CreditNote]:
    rows = unseen(stage, CreditNote, seen)
    if not stage.story.claims_days:
        return rows
    window = _window(stage, expectation)
    return [row for row in rows if window.holds(row.issued_at)]


def claimed_invoices(stage: Stage, given: Sequence[Given]) -> list[Given]:
    """The expected documents that must be there: where days are claimed, those that are about something."""
    if not stage.story.claims_days:
        return list(given)
    return [invoice for invoice in given if not _claims_nothing(invoice)]


@dataclass(frozen=True, slots=True)
class _Window:
    """The part of a local day that an expectation is about; `after` is exclusive."""

    day: date
    zone: str
    after: datetime | None
    until: datetime

    def holds(self, at: datetime) -> bool:
        is_later = self.after is None or at > self.after
        return is_later and at <= self.until and local_day(at, self.zone) == self.day


def _window(stage: Stage, expectation: Expectation) -> _Window:
    """Its own day, from what was done last: what an act before that brought is that act's, claimed or not."""
    acts = sorted({step.at for step in stage.story.steps if step.do not in _NO_ACTS})
    before = [at for at in acts if at < expectation.at]
    if expectation.at not in acts:
        # Nothing is done at this very instant: it tells what the last act has brought.
        before = before[:-1]
    zone = stage.story.zone
    after = before[-1] if before else None
    return _Window(local_day(expectation.at, zone), zone, after, expectation.at)


def _is_run(stage: Stage, expectation: Expectation) -> bool:
    return any(step.at == expectation.at and step.do == "advance" for step in stage.story.steps)


def _says_something(invoice: Invoice) -> bool:
    return any(line.amount_minor for line in invoice.lines.all())


def _claims_nothing(invoice: Given) -> bool:
    amounts = [invoice[name] for name in _AMOUNTS if name in invoice]
    amounts += [line["amount"] for line in invoice.get("lines") or () if "amount" in line]
    return not any(decimal_from(amount, "amount") for amount in amounts)
