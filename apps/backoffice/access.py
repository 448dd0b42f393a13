"""Who may open a staff page, and at which desk they sit: one brand, in one mode."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any, TypeVar

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.utils.cache import patch_cache_control

from apps.accounts.models import Brand, User
from apps.core.errors import DomainError

NOT_FOUND = 404
BRAND_KEY = "backoffice_brand"
# For pages that every member of staff may open, whatever the role.
ANY_STAFF = ""

View = TypeVar("View", bound=Callable[..., HttpResponseBase])


@dataclass(frozen=True, slots=True)
class Desk:
    """What a member of staff is looking at: every row of the pages belongs to this brand and mode."""

    brand: Brand
    brands: list[Brand]
    livemode: bool

    @property
    def scope(self) -> dict[str, Any]:
        """The filter of every root row."""
        return {"brand_id": self.brand.pk, "livemode": self.livemode}


class StaffRequest(HttpRequest):
    """A request that `staff_page` has let in."""

    user: User
    desk: Desk


def staff_page(permission: str) -> Callable[[View], View]:
    """Let in staff with this permission ("app.codename"), in the brand's zone; others log in or are refused.

    The second factor is asked for by `StaffMfaMiddleware`, for the admin too. Answers are never cached.
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(request: Any, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if not request.user.is_authenticated:
                return redirect_to_login(request.get_full_path())
            _check(request.user, permission)
            answer = _answer(view, request, *args, **kwargs)
            patch_cache_control(answer, private=True, no_store=True)
            return answer

        guarded.permission = permission  # type: ignore[attr-defined]
        return guarded  # type: ignore[return-value]

    return decorate


def _check(user: User, permission: str) -> None:
    if not (user.is_active and user.is_staff):
        raise PermissionDenied("Only staff may open this page.")
    if permission and not user.has_perm(permission):
        raise PermissionDenied(f"This needs the permission {permission}.")


def _answer(view: Callable[..., HttpResponseBase], request: Any, *args: Any, **kwargs: Any) -> Any:
    desk = _desk_of(request)
    if desk is None:
        return render(request, "backoffice/no_brand.html")
    request.desk = desk
    with timezone.override(desk.brand.default_time_zone):
        try:
            answer = view(request, *args, **kwargs)
        except DomainError as error:
            if error.status != NOT_FOUND:
                raise
            raise Http404(error.message) from error
    return answer


def _desk_of(request: Any) -> Desk | None:
    brands = list(Brand.objects.defer("logo_png").order_by("pk"))
    if not brands:
        return None
    chosen = request.session.get(BRAND_KEY)
    brand = next((brand for brand in brands if brand.code == chosen), brands[0])
    return Desk(brand=brand, brands=brands, livemode=request.user.livemode_selected)


def may(request: HttpRequest, permission: str) -> bool:
    """Whether a button is worth showing; the page behind it checks again."""
    return bool(request.user.has_perm(permission))
