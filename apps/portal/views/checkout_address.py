"""The step before a checkout whose tax depends on where the customer is, which nobody knows yet."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from apps.core.errors import DomainError
from apps.customers.models import Customer
from apps.customers.selectors import now_for
from apps.customers.services.update_customer import update_customer
from apps.portal.forms import CheckoutAddressForm
from apps.portal.order import Order

STEP = "address"
ADDRESS_PAGE = "portal/checkout_address.html"


def answer_address_form(request: HttpRequest, customer: Customer) -> HttpResponse | None:
    """Keep the address that was sent and show the checkout anew; None where none was sent."""
    if request.method != "POST" or request.POST.get("step") != STEP:
        return None
    form = CheckoutAddressForm(request.POST, customer=customer)
    if not form.is_valid():
        return render(request, ADDRESS_PAGE, {"form": form})
    try:
        update_customer(customer_id=customer.pk, changes=form.changes(), at=now_for(customer))
    except DomainError as error:
        form.refuse(error)
        return render(request, ADDRESS_PAGE, {"form": form})
    return redirect(request.get_full_path())


def address_page(request: HttpRequest, customer: Customer, order: Order) -> HttpResponse:
    """The form; with what is still missing where there is an address already."""
    problem = order.tax_problem if customer.country else ""
    form = CheckoutAddressForm(None, customer=customer)
    return render(request, ADDRESS_PAGE, {"form": form, "order": order, "problem": problem})
