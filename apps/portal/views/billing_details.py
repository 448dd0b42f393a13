from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from apps.core.errors import DomainError
from apps.customers.enums import MemberRole
from apps.customers.services.update_customer import update_customer
from apps.portal.access import PortalRequest, customer_page
from apps.portal.forms import BillingDetailsForm


@require_http_methods(["GET", "HEAD"])
@customer_page()
def billing_details(request: PortalRequest) -> HttpResponse:
    return render(request, "portal/billing_details.html")


@require_http_methods(["GET", "HEAD", "POST"])
@customer_page(MemberRole.BILLING)
def edit_billing_details(request: PortalRequest) -> HttpResponse:
    form = BillingDetailsForm(request.POST or None, customer=request.customer)
    if request.method == "POST" and form.is_valid():
        try:
            update_customer(customer_id=request.customer.pk, changes=form.changes(), at=request.at)
        except DomainError as error:
            form.refuse(error)
        else:
            messages.success(request, _("Saved. New invoices show these details; issued ones stay."))
            return redirect("portal:billing_details")
    return render(request, "portal/edit_billing_details.html", {"form": form})
