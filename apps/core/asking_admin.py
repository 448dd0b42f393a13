"""Pages of the admin whose rows are read-only, with acts that ask before they call a service."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse

from apps.core.errors import DomainError
from apps.core.read_only_admin import ReadOnlyAdmin


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked before an act, and what else it needs to know."""

    text: str
    effect: str
    button: str
    form: forms.Form | None = None


class AskingAdmin(ReadOnlyAdmin):
    """`acts` are names with their labels; each has a page that asks, and only its button acts."""

    acts: ClassVar[Mapping[str, str]] = {}
    change_form_template = "admin/asking_change_form.html"

    @abstractmethod
    def ask(self, act: str, row: Any, data: Any) -> Question:
        """The question of an act about a row; `data` is what was sent, None at first."""

    @abstractmethod
    def act(self, act: str, row: Any, form: Any) -> str:
        """Do it, and say so in one sentence."""

    def get_urls(self) -> list[URLPattern]:
        page = self.admin_site.admin_view(self.page)
        return [path("<int:pk>/act/<slug:act>/", page, name=self._page_name()), *super().get_urls()]

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        row = context.get("original")
        context["acts"] = []
        if row is not None and self._may_act(request):
            context["acts"] = [
                (reverse(f"admin:{self._page_name()}", args=[row.pk, act]), label)
                for act, label in self.acts.items()
            ]
        return super().render_change_form(request, context, *args, **kwargs)

    def page(self, request: HttpRequest, pk: int, act: str) -> HttpResponse:
        """Ask, then act."""
        row = self.get_object(request, str(pk))
        if row is None or act not in self.acts:
            raise Http404
        if not self._may_act(request):
            raise PermissionDenied
        back = reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_change", args=[pk])
        question = self.ask(act, row, request.POST if request.method == "POST" else None)
        if request.method == "POST" and (question.form is None or question.form.is_valid()):
            try:
                messages.success(request, self.act(act, row, question.form))
                return redirect(back)
            except DomainError as error:
                if question.form is None:
                    messages.error(request, error.message)
                    return redirect(back)
                known = error.field if error.field in question.form.fields else None
                question.form.add_error(known, error.message)
        context = {
            **self.admin_site.each_context(request),
            "title": self.acts[act],
            "question": question,
            "back_url": back,
        }
        return TemplateResponse(request, "admin/ask.html", context)

    def _may_act(self, request: HttpRequest) -> bool:
        return request.user.has_perm(f"{self.opts.app_label}.change_{self.opts.model_name}")

    def _page_name(self) -> str:
        return f"{self.opts.app_label}_{self.opts.model_name}_act"
