"""In which language a page speaks: what this browser chose, else the customer's, else what it asks for.

Staff pages speak English: their texts are not translated, and half a translation reads worse than none.
"""

from __future__ import annotations

from contextlib import AbstractContextManager

from django.conf import settings
from django.http import HttpRequest
from django.middleware.locale import LocaleMiddleware
from django.utils import translation

from apps.customers.models import Customer


class PageLanguage(LocaleMiddleware):
    """Django's choice by cookie and Accept-Language, but for the pages of staff."""

    def process_request(self, request: HttpRequest) -> None:
        super().process_request(request)
        if request.path_info.startswith(settings.STAFF_PATHS):
            translation.activate(settings.LANGUAGE_CODE)
            request.LANGUAGE_CODE = settings.LANGUAGE_CODE


def speaking(request: HttpRequest, customer: Customer | None) -> AbstractContextManager[None]:
    """The language of a page for a customer, while it is made."""
    return translation.override(_language(request, customer))


def offered(tag: str) -> bool:
    """Whether pages are translated into the language of a tag, such as de-AT."""
    return tag.lower().split("-")[0] in dict(settings.LANGUAGES)


def current() -> str:
    """The language of the page that is being made, as `settings.LANGUAGES` has it."""
    return (translation.get_language() or settings.LANGUAGE_CODE).split("-")[0]


def _language(request: HttpRequest, customer: Customer | None) -> str | None:
    chosen = request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME, "")
    if customer is not None and offered(customer.locale) and not offered(chosen):
        return customer.locale.lower()
    return translation.get_language()
