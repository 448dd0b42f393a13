"""The step before a checkout that asks where the customer is: when nobody knows, and for who wants to say."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from apps.core.errors import DomainError
from apps.customers.models import Customer
from apps.customers.selectors import now_for
from apps.portal.forms import CheckoutAddressForm
from apps.portal.order import Order
from apps.portal.services.keep_address import keep_address

STEP = "address"
ADDRESS_PAGE = "portal/checkout_address.html"


def answer_address_form(request: HttpRequest, customer: Customer) -> HttpResponse | None:
    """The form for who follows its link; an address that was sent is kept, and the checkout shown anew.

    None where nobody asked for the form, and none was sent.
    """
    if request.method != "POST":
        asked = request.GET.get("step") == STEP
        return _page(request, CheckoutAddressForm(None, customer=customer)) if asked else None
    if request.POST.get("step") != STEP:
        return None
    form = CheckoutAddressForm(request.POST, customer=customer)
    if not form.is_valid():
        return _page(request, form)
    try:
        keep_address(customer_id=customer.pk, changes=form.changes(), at=now_for(customer))
    except DomainError as error:
        form.refuse(error)
        return _page(request, form)
    return redirect(_checkout_path(request))


def address_page(request: HttpRequest, customer: Customer, order: Order) -> HttpResponse:
    """The form; with what is still missing where there is an address already."""
    problem = order.tax_problem if customer.country else ""
    form = CheckoutAddressForm(None, customer=customer)
    return render(request, ADDRESS_PAGE, {"form": form, "order": order, "problem": problem})


def _page(request: HttpRequest, form: CheckoutAddressForm) -> HttpResponse:
    came_by_link = request.GET.get("step") == STEP
    context = {"form": form, "back": _checkout_path(request) if came_by_link else ""}
    return render(request, ADDRESS_PAGE, context)


def _checkout_path(request: HttpRequest) -> str:
    """The checkout with all that its link carried, without this step."""
    carried = request.GET.copy()
    carried.pop("step", None)
    return f"{request.path}?{carried.urlencode()}" if carried else request.path
