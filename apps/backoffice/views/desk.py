"""What belongs to no single page: the search over everything, and the choice of mode and brand."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST, require_safe

from apps.accounts.services.choose_mode import choose_mode
from apps.backoffice.access import ANY_STAFF, BRAND_KEY, StaffRequest, staff_page
from apps.backoffice.selectors import Found, search_everything


@require_safe
@staff_page("customers.view_customer")
def search(request: StaffRequest) -> HttpResponseBase:
    """Everything that the words name; a single find is opened at once."""
    words = request.GET.get("q", "").strip().replace("\0", "")
    found = search_everything(**request.desk.scope, words=words) if words else None
    only = _only(found) if found else ""
    if only:
        return redirect(only)
    return render(request, "backoffice/search.html", {"search_query": words, "found": found})


def _only(found: Found) -> str:
    """The address of the one thing that was found; empty when there are more, or none."""
    if found.total != 1:
        return ""
    for name, rows in (
        ("customer", found.customers),
        ("subscription", found.subscriptions),
        ("invoice", found.invoices),
        ("payment", found.payments),
    ):
        if rows:
            return reverse(f"backoffice:{name}", args=[rows[0].public_id])
    return ""


@require_POST
@staff_page(ANY_STAFF)
def switch_mode(request: StaffRequest) -> HttpResponseBase:
    """Show live rows or test rows, from now on, to this member of staff."""
    choose_mode(user_id=request.user.pk, livemode=request.POST.get("livemode") == "true")
    return _back(request)


@require_POST
@staff_page(ANY_STAFF)
def switch_brand(request: StaffRequest) -> HttpResponseBase:
    """Show another brand's rows for the rest of the session."""
    wanted = request.POST.get("brand", "")
    if any(brand.code == wanted for brand in request.desk.brands):
        request.session[BRAND_KEY] = wanted
    return _back(request)


def _back(request: HttpRequest) -> HttpResponseRedirect:
    """To a list as it was; the page of a single row belongs to the brand and mode that were left."""
    target = request.POST.get("next", "")
    home = reverse("backoffice:home")
    allowed = url_has_allowed_host_and_scheme(target, {request.get_host()}, require_https=request.is_secure())
    depth = len(target.partition("?")[0].removeprefix(home).strip("/").split("/"))
    is_list = allowed and target.startswith(home) and depth == 1
    return HttpResponseRedirect(target if is_list else home)
