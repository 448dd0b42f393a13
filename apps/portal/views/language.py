"""The switch of the language, for this browser."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from apps.portal.access import VisitorRequest, public_page
from apps.portal.language import current

A_YEAR = 365 * 24 * 3600


@require_http_methods(["GET", "HEAD", "POST"])
@public_page
def language(request: VisitorRequest) -> HttpResponse:
    """Choose a language; none goes back to that of the customer's invoices, or what the browser asks for."""
    chosen = request.POST.get("language", "")
    if request.method == "POST" and (chosen in dict(settings.LANGUAGES) or not chosen):
        return _kept(chosen)
    kept = request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME, "")
    context = {
        "languages": [(code, name, code == current()) for code, name in settings.LANGUAGES],
        "is_chosen": kept in dict(settings.LANGUAGES),
    }
    return render(request, "portal/language.html", context)


def _kept(chosen: str) -> HttpResponse:
    response = redirect("portal:language")
    if not chosen:
        response.delete_cookie(settings.LANGUAGE_COOKIE_NAME, samesite="Lax")
        return response
    response.set_cookie(
        settings.LANGUAGE_COOKIE_NAME,
        chosen,
        max_age=A_YEAR,
        httponly=True,
        secure=settings.SESSION_COOKIE_SECURE,
        samesite="Lax",
    )
    return response
