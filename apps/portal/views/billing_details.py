from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from apps.core.errors import DomainError
from apps.customers.enums import MemberRole
from apps.portal.access import PortalRequest, customer_page
from apps.portal.forms import BillingDetailsForm
from apps.portal.page_rates import limited
from apps.portal.services.keep_address import keep_address
from apps.taxes.errors import TaxIdUncheckable
from apps.taxes.selectors import latest_check, registrations_on, tax_day
from apps.taxes.services.open_tax_id_check import open_tax_id_check


@require_http_methods(["GET", "HEAD"])
@customer_page()
def billing_details(request: PortalRequest) -> HttpResponse:
    context = {"check": latest_check(request.customer), "is_checked": _is_checked(request)}
    return render(request, "portal/billing_details.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@customer_page(MemberRole.BILLING)
def edit_billing_details(request: PortalRequest) -> HttpResponse:
    form = BillingDetailsForm(request.POST or None, customer=request.customer)
    if request.method == "POST" and form.is_valid():
        try:
            saved = keep_address(customer_id=request.customer.pk, changes=form.changes(), at=request.at)
        except DomainError as error:
            form.refuse(error)
        else:
            if saved.tax_id and saved.tax_id != request.customer.tax_id and _is_checked(request):
                _ask(request)
            messages.success(request, _("Saved. New invoices show these details; issued ones stay."))
            return redirect("portal:billing_details")
    return render(request, "portal/edit_billing_details.html", {"form": form})


@require_POST
@limited("tax_id")
@customer_page(MemberRole.BILLING, back="portal:billing_details")
def check_tax_id(request: PortalRequest) -> HttpResponse:
    """Have the tax id looked at once more; a worker asks the register."""
    open_tax_id_check(customer_id=request.customer.pk, at=request.at)
    messages.success(request, _("Your tax ID is being checked. The answer will be shown here."))
    return redirect("portal:billing_details")


def _is_checked(request: PortalRequest) -> bool:
    """Whether a tax id matters to the seller: one that collects no tax asks nobody about it."""
    brand = request.customer.brand
    return bool(registrations_on(brand.pk, tax_day(brand, request.at)))


def _ask(request: PortalRequest) -> None:
    try:
        open_tax_id_check(customer_id=request.customer.pk, at=request.at)
    except TaxIdUncheckable:
        # One of a kind that nobody checks: it stands on invoices as it is.
        return
