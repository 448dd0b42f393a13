"""Acts of staff that ask first: a page that says what will happen, a reason, and a button."""

from __future__ import annotations

from abc import ABC, abstractmethod
from datetime import datetime
from typing import Any, ClassVar

from django import forms
from django.contrib import messages
from django.http import HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.views import View

from apps.backoffice.access import StaffRequest, staff_page
from apps.backoffice.forms import ReasonForm
from apps.backoffice.services.note_act import note_act
from apps.core.errors import DomainError
from apps.customers.models import Customer
from apps.customers.selectors import get_customer, now_for


class Act(ABC, View):
    """One act on one row. A refusal of the service comes back to the page, with nothing done."""

    permission: ClassVar[str]
    title: ClassVar[str]
    button: ClassVar[str]
    tone: ClassVar[str] = ""
    form_class: ClassVar[type[forms.Form]] = ReasonForm
    request: StaffRequest
    subject: Any
    asked: Any
    """The form that was sent, once it is valid."""

    @classmethod
    def as_view(cls, **initkwargs: Any) -> Any:
        return staff_page(cls.permission)(super().as_view(**initkwargs))

    @abstractmethod
    def load(self, reference: str) -> Any:
        """The row, of the desk's brand and mode; a DomainError with 404 where there is none."""

    @abstractmethod
    def perform(self, answers: dict[str, Any]) -> str:
        """Do it, and say in one sentence what happened."""

    @abstractmethod
    def done_url(self) -> str:
        """Where the row can be seen afterwards; also the way back."""

    def consequences(self) -> list[str]:
        """What the button does, a sentence each."""
        return []

    def form(self, data: Any = None) -> forms.Form:
        return self.form_class(data)

    @property
    def customer(self) -> Customer:
        """In whose time it is done."""
        return self.subject.customer

    @property
    def at(self) -> datetime:
        return now_for(self.customer)

    def note(self, act: str, answers: dict[str, Any]) -> datetime:
        """Write down that it is done, and why; gives the instant at which it is."""
        at = self.at
        note_act(subject=self.subject, act=act, reason=answers["reason"], at=at)
        return at

    def get(self, request: StaffRequest, reference: str) -> HttpResponseBase:
        self.subject = self.load(reference)
        return self._page(self.form())

    def post(self, request: StaffRequest, reference: str) -> HttpResponseBase:
        self.subject = self.load(reference)
        form = self.form(request.POST)
        if not form.is_valid():
            return self._page(form, status=422)
        self.asked = form
        try:
            message = self.perform(form.cleaned_data)
        except DomainError as error:
            form.add_error(None, error.message)
            self.subject = self.load(reference)
            return self._page(form, status=error.status)
        messages.success(request, message)
        return HttpResponseRedirect(self.done_url())

    def _page(self, form: forms.Form, status: int = 200) -> HttpResponseBase:
        context = {
            "act": self,
            "form": form,
            "subject": self.subject,
            "consequences": self.consequences(),
            "back": self.done_url(),
        }
        return render(self.request, "backoffice/act.html", context, status=status)


class CustomerAct(Act):
    """An act on one customer, in the customer's time."""

    def load(self, reference: str) -> Customer:
        return get_customer(**self.request.desk.scope, reference=reference)

    def done_url(self) -> str:
        return reverse("backoffice:customer", args=[self.subject.public_id])

    @property
    def customer(self) -> Customer:
        return self.subject


class ShownAct(Act):
    """Asks, shows what it comes to, and does it once the page has shown just that.

    Its form has a hidden field `seen`.
    """

    blamed: ClassVar[str | None] = None
    """The field that a refusal of the rehearsal stands at."""
    shown: Any = None

    @abstractmethod
    def rehearse(self, form: Any) -> Any:
        """What it comes to, with the very refusals; nothing of it stays."""

    @abstractmethod
    def seen(self, form: Any, rehearsed: Any) -> str:
        """What the page shows, in words that tell whether it is still the same."""

    def post(self, request: StaffRequest, reference: str) -> HttpResponseBase:
        self.subject = self.load(reference)
        form = self.form(request.POST)
        if not form.is_valid():
            return self._page(form, status=422)
        try:
            rehearsed = self.rehearse(form)
        except DomainError as error:
            form.add_error(self.blamed, error.message)
            return self._page(form, status=error.status)
        seen = self.seen(form, rehearsed)
        if form.cleaned_data["seen"] == seen:
            return super().post(request, reference)
        self.shown = rehearsed
        again = request.POST.copy()
        again["seen"] = seen
        return self._page(self.form(again))
