"""Quotes: offered to a customer after a look at the bills, listed, sent by link, taken back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from django.db import transaction
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from apps.audit.selectors import timeline_for
from apps.backoffice.access import StaffRequest, staff_page
from apps.backoffice.acts import Act, CustomerAct, ShownAct
from apps.backoffice.event_wording import timeline_entries
from apps.backoffice.listing import answer_list
from apps.backoffice.lists.quotes import quote_list
from apps.backoffice.quote_forms import QuoteForm
from apps.backoffice.selectors import currencies_in_use
from apps.backoffice.services.note_act import note_act
from apps.billing.effects import Effect
from apps.billing.errors import QuoteOutdated
from apps.billing.quote_figures import QuotePreview
from apps.billing.quote_links import quote_link
from apps.billing.quote_serializers import rendered_preview
from apps.billing.services.quotes.accept_quote import preview_kept_quote
from apps.billing.services.quotes.keep_quote import keep_quote
from apps.billing.services.quotes.preview_quote import preview_quote
from apps.core.formatting import format_day, format_money
from apps.customers.selectors import now_for
from apps.invoices.enums import QuoteStatus
from apps.invoices.models import Quote
from apps.invoices.selectors import get_quote, quotes_of
from apps.invoices.services.cancel_quote import cancel_quote

SHOWN_EVENTS = 50


@dataclass(frozen=True, slots=True)
class Shown:
    """The two bills of a quote, as the page of an act shows them."""

    now: Effect | None
    next: Effect | None


@require_safe
@staff_page("invoices.view_quote")
def quotes(request: StaffRequest) -> HttpResponseBase:
    own = request.desk.scope
    return answer_list(request, quotes_of(**own), quote_list(currencies_in_use(**own)))


@require_safe
@staff_page("invoices.view_quote")
def quote(request: StaffRequest, reference: str) -> HttpResponseBase:
    """One quote: what accepting it comes to now, whether that is what was offered, and its link."""
    found = get_quote(**request.desk.scope, reference=reference)
    at = now_for(found.customer)
    preview, refusal = None, ""
    if found.status == QuoteStatus.OPEN:
        try:
            preview = preview_kept_quote(quote=found, at=at)
        except QuoteOutdated as error:
            refusal = error.message
    events = timeline_for(subject_type="quote", subject_id=found.public_id)[:SHOWN_EVENTS]
    context = {
        "quote": found,
        "preview": preview,
        "refusal": refusal,
        "has_moved": preview is not None and preview.figures != found.figures,
        "has_expired": found.status == QuoteStatus.OPEN and at >= found.expires_at,
        "link": quote_link(found),
        "events": timeline_entries(events),
    }
    return render(request, "backoffice/quote.html", context)


class NewQuote(CustomerAct, ShownAct):
    """Asks, shows the bills to the cent, and keeps the quote only as it was shown."""

    permission: ClassVar = "invoices.add_quote"
    title: ClassVar = "New quote"
    shown: QuotePreview | None = None
    made: Quote | None = None

    @property
    def preview(self) -> Shown | None:
        return Shown(self.shown.first, self.shown.next) if self.shown else None

    @property
    def button(self) -> str:  # type: ignore[override]
        return "Make the quote" if self.shown else "Show the bills"

    def form(self, data: Any = None) -> QuoteForm:
        return QuoteForm(data, customer=self.subject)

    def done_url(self) -> str:
        if self.made is not None:
            return reverse("backoffice:quote", args=[self.made.public_id])
        return super().done_url()

    def consequences(self) -> list[str]:
        if self.shown is None:
            return ["The next page shows the bills to the cent; nothing is kept before that."]
        return [
            *self._sentences(self.shown),
            "The customer accepts it by its link; nothing is owed before that.",
        ]

    def rehearse(self, form: QuoteForm) -> QuotePreview:
        return preview_quote(terms=form.terms(), customer=self.subject, at=self.at)

    def seen(self, form: QuoteForm, rehearsed: QuotePreview) -> str:
        return rehearsed.figures

    def _sentences(self, preview: QuotePreview) -> list[str]:
        zone, told = self.subject.time_zone, []
        if preview.trial_ends_at:
            told.append(f"Free until {format_day(preview.trial_ends_at, locale='en', zone=zone)}.")
        for effect, name in ((preview.first, "first bill"), (preview.next, "next bill")):
            if effect is not None:
                day = format_day(effect.at, locale="en", zone=zone)
                total = format_money(effect.total_minor, effect.currency, locale="en")
                told.append(f"The {name} is of {day}: {total}.")
        if preview.tax_problem:
            told.append(f"The tax is not known: {preview.tax_problem}")
        return told

    @transaction.atomic
    def perform(self, answers: dict[str, Any]) -> str:
        at = self.at
        self.made, _ = keep_quote(
            customer=self.subject,
            terms=self.asked.terms(),
            at=at,
            rendered=rendered_preview,
            expires_at=self.asked.expires_at(at),
            memo=answers["memo"],
        )
        note_act(subject=self.made, act="new_quote", reason=answers["reason"], at=at)
        return "The quote is made: send its link to the customer."


class CancelQuote(Act):
    permission: ClassVar = "invoices.change_quote"
    title: ClassVar = "Take the quote back"
    button: ClassVar = "Take back"
    tone: ClassVar = "danger"

    def load(self, reference: str) -> Quote:
        return get_quote(**self.request.desk.scope, reference=reference)

    def done_url(self) -> str:
        return reverse("backoffice:quote", args=[self.subject.public_id])

    def consequences(self) -> list[str]:
        return ["It can be accepted no more; its link says so.", "A new quote can be made at any time."]

    @transaction.atomic
    def perform(self, answers: dict[str, Any]) -> str:
        at = self.note("cancel_quote", answers)
        cancel_quote(quote_id=self.subject.pk, at=at)
        return "The quote is taken back."
