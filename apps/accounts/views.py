"""A brand's own colour and logo, and the doors of the site with a limit on tries. Public, all of them."""

from __future__ import annotations

from collections.abc import Callable

from allauth.account import views as allauth
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe
from django_ratelimit.decorators import ratelimit

from apps.accounts.client_address import client_address
from apps.accounts.models import Brand
from apps.core.theme import theme_stylesheet

# Short, so that a changed colour is seen soon.
FRESH_FOR_SECONDS = 300


@require_safe
@cache_control(public=True, max_age=FRESH_FOR_SECONDS)
def brand_theme(request: HttpRequest, code: str) -> HttpResponse:
    brand = get_object_or_404(Brand.objects.only("accent_color"), code=code)
    return HttpResponse(theme_stylesheet(brand.accent_color), content_type="text/css; charset=utf-8")


@require_safe
@cache_control(public=True, max_age=FRESH_FOR_SECONDS)
def brand_logo(request: HttpRequest, code: str) -> HttpResponse:
    brand = get_object_or_404(Brand.objects.only("logo_png"), code=code)
    if not brand.logo_png:
        raise Http404("the brand has no logo")
    return HttpResponse(bytes(brand.logo_png), content_type="image/png")


def too_many_requests(request: HttpRequest, exception: Exception) -> HttpResponse:
    """What a page answers that was sent more often than `PAGE_RATES` allows."""
    return render(request, "429.html", status=429)


def _rate(page: str) -> Callable[[str, HttpRequest], str]:
    return lambda group, request: settings.PAGE_RATES[page]


sign_up = ratelimit(group="sign_up", key=client_address, rate=_rate("sign_up"), method="POST")(allauth.signup)
sign_in = ratelimit(group="sign_in", key=client_address, rate=_rate("sign_in"), method="POST")(allauth.login)
