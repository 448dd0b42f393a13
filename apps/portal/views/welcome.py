"""After signing up: who the customer is; and which one, for who acts for several."""

from __future__ import annotations

from typing import cast

from babel.numbers import get_territory_currencies
from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from apps.accounts.models import Brand, User
from apps.core import clock
from apps.core.errors import DomainError
from apps.customers.models import Customer
from apps.customers.selectors import customers_of_user
from apps.plans.selectors import public_plans
from apps.portal.access import CHOSEN_CUSTOMER, VisitorRequest, answered, public_page
from apps.portal.brand import selling_brand
from apps.portal.forms import AccountForm
from apps.portal.language import current
from apps.portal.offers import currencies_of
from apps.portal.pending import way_on
from apps.portal.services.open_account import open_account


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def welcome(request: HttpRequest) -> HttpResponse:
    return cast("HttpResponse", answered(_welcome, request))


def _welcome(request: HttpRequest) -> HttpResponse:
    brand = selling_brand(request)
    currencies = currencies_of(public_plans(brand_id=brand.pk))
    initial = {"time_zone": brand.default_time_zone, "country": brand.country}
    form = AccountForm(request.POST or None, initial=initial, currencies=currencies)
    if request.method == "POST" and form.is_valid():
        customer = _open(request, brand, form, currencies)
        if customer is not None:
            request.session[CHOSEN_CUSTOMER] = customer.public_id
            return redirect(way_on(request))
    return render(request, "portal/welcome.html", {"form": form})


def _open(request: HttpRequest, brand: Brand, form: AccountForm, currencies: list[str]) -> Customer | None:
    user = cast("User", request.user)
    data = form.cleaned_data
    try:
        return open_account(
            brand=brand,
            livemode=settings.PORTAL_LIVEMODE,
            user=user,
            at=clock.now(),
            name=data["name"],
            email=user.email,
            country=data["country"],
            currency=data["currency"] or _currency_of(data["country"], brand, currencies),
            time_zone=data["time_zone"],
            locale=current(),
        )
    except DomainError as error:
        form.refuse(error)
        return None


def _currency_of(country: str, brand: Brand, sold: list[str]) -> str:
    """The country's own currency where plans are sold in it, else the brand's."""
    own = get_territory_currencies(country)
    return next((currency for currency in own if currency in sold), brand.default_currency)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@public_page
def switch_customer(request: VisitorRequest) -> HttpResponse:
    own = list(customers_of_user(user_id=cast("int", request.user.pk), livemode=settings.PORTAL_LIVEMODE))
    if request.method == "POST":
        chosen = next((c for c in own if c.public_id == request.POST.get("customer")), None)
        if chosen is None:
            raise Http404("not a customer of this person")
        request.session[CHOSEN_CUSTOMER] = chosen.public_id
        return redirect("portal:home")
    context = {"customers": own, "chosen": request.customer.public_id if request.customer else ""}
    return render(request, "portal/switch_customer.html", context)
