"""Acts on a subscription in two steps: the exact effect first, then a button that does exactly that."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponseRedirect
from django.http.response import HttpResponseBase

from apps.backoffice.access import StaffRequest
from apps.backoffice.effect_sentences import sentences_of
from apps.backoffice.request_forms import (
    CancelForm,
    ChangePlanForm,
    PauseForm,
    RequestForm,
    ResumeForm,
    UndoForm,
)
from apps.backoffice.views.subscriptions import SubscriptionAct
from apps.billing.errors import PreviewOutdated
from apps.billing.preview_tokens import preview_token, read_preview_token
from apps.billing.services.subscriptions.carry_out import CarriedOut
from apps.billing.services.subscriptions.confirm_preview import confirm_preview
from apps.billing.services.subscriptions.preview_request import Preview, preview_request
from apps.core import clock
from apps.core.errors import DomainError
from apps.core.formatting import format_money


class RequestAct(SubscriptionAct):
    """Asks, shows what it comes to, and does it by the token of what was shown."""

    form_class: ClassVar[type[RequestForm]]
    act: ClassVar[str]
    does: ClassVar[str]
    preview: Preview | None = None
    token: str = ""

    @property
    def button(self) -> str:  # type: ignore[override]
        return self.does if self.preview else "Show the effect"

    def form(self, data: Any = None) -> RequestForm:
        return self.form_class(data, subscription=self.subject)

    def consequences(self) -> list[str]:
        if self.preview is None:
            return ["The next page shows to the cent what it comes to; nothing is done before that."]
        return sentences_of(self.preview, zone=self.subject.customer.time_zone)

    def post(self, request: StaffRequest, reference: str) -> HttpResponseBase:
        self.subject = self.load(reference)
        form = self.form(request.POST)
        if not form.is_valid():
            return self._page(form, status=422)
        try:
            if not self._was_shown(form):
                return self._show(form, self._preview(form))
            message = self.perform(form.cleaned_data)
        except PreviewOutdated as error:
            form.add_error(None, f"{error.message} Nothing was done.")
            return self._show(form, error.preview, status=error.status)
        except DomainError as error:
            form.add_error(None, error.message)
            return self._page(form, status=error.status)
        messages.success(request, message)
        return HttpResponseRedirect(self.done_url())

    @transaction.atomic
    def perform(self, answers: dict[str, Any]) -> str:
        at, token = self.note(self.act, answers), answers["preview_token"]
        return self._said(confirm_preview(subscription=self.subject, token=token, at=at, now=clock.now()), at)

    def _was_shown(self, form: RequestForm) -> bool:
        """Whether the token is of the very answers that stand in the form; others are shown first."""
        token = form.cleaned_data["preview_token"]
        return bool(token) and read_preview_token(token)[0].request == form.request_of()

    def _preview(self, form: RequestForm) -> Preview:
        return preview_request(subscription=self.subject, request=form.request_of(), at=self.at)

    def _show(self, form: RequestForm, preview: Preview | None, status: int = 200) -> HttpResponseBase:
        self.preview = preview
        token = preview_token(preview.fixed, now=clock.now()) if preview else ""
        form.data = {**form.data.dict(), "preview_token": token}  # type: ignore[attr-defined]
        return self._page(form, status=status)

    def _said(self, done: CarriedOut, at: datetime) -> str:
        if done.effective_at > at:
            return f"It takes effect on {self.day(done.effective_at)}."
        totals = [format_money(i.due_minor, i.currency, locale="en") for i in done.invoices if i.due_minor]
        return f"Done. Billed now: {', '.join(totals)}." if totals else "Done. Nothing is due for it."


class ChangePlan(RequestAct):
    act: ClassVar = "change_plan"
    title: ClassVar = "Change plan or quantity"
    does: ClassVar = "Change it"
    form_class: ClassVar = ChangePlanForm


class CancelSubscription(RequestAct):
    act: ClassVar = "cancel"
    title: ClassVar = "Cancel the subscription"
    does: ClassVar = "Cancel subscription"
    tone: ClassVar = "danger"
    form_class: ClassVar = CancelForm


class PauseSubscription(RequestAct):
    act: ClassVar = "pause"
    title: ClassVar = "Pause the subscription"
    does: ClassVar = "Pause it"
    form_class: ClassVar = PauseForm


class ResumeSubscription(RequestAct):
    act: ClassVar = "resume"
    title: ClassVar = "Let the subscription go on"
    does: ClassVar = "Let it go on"
    form_class: ClassVar = ResumeForm


class KeepSubscription(RequestAct):
    act: ClassVar = "undo_change"
    title: ClassVar = "Undo what is scheduled"
    does: ClassVar = "Undo"
    form_class: ClassVar = UndoForm
