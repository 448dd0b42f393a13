"""A brand's own colour and logo, for every page that shows the brand. Public, as the sign-in page."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

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
