"""The pay page behind a signed link: whoever got the mail pays this one invoice, without signing in."""

from __future__ import annotations

from typing import Any, cast

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from apps.billing.effects import bill_of
from apps.billing.selectors import invoice_for_pay_token
from apps.billing.services.collection.refresh_payment import refresh_payment
from apps.core import clock
from apps.core.errors import DomainError
from apps.customers.selectors import now_for
from apps.invoices.enums import DocumentKind, InvoiceStatus
from apps.invoices.models import Invoice
from apps.payments.content_security import allow_card_element
from apps.payments.enums import PaymentStatus
from apps.payments.errors import NothingDue, PaymentInProgress
from apps.payments.models import Payment
from apps.payments.selectors import default_method, open_payment_of, payments_of_invoice
from apps.payments.services.action_address import action_address
from apps.payments.services.action_secret import action_secret
from apps.payments.services.start_setup import start_setup
from apps.portal.access import refused
from apps.portal.documents import pdf_of
from apps.portal.errors import LinkInvalid
from apps.portal.language import speaking
from apps.portal.legal_texts import tax_notes
from apps.portal.page_rates import limited
from apps.portal.services.pay import pay_invoice

# Where somebody goes on to who came from a checkout.
AFTER_PAYMENT = "portal_after_payment"
PAYABLE = (InvoiceStatus.OPEN, InvoiceStatus.UNCOLLECTIBLE)


@require_http_methods(["GET", "HEAD", "POST"])
@limited("pay")
@allow_card_element
def pay(request: HttpRequest, token: str) -> HttpResponse:
    invoice = _invoice(request, token)
    if invoice is None:
        return _invalid(request)
    with timezone.override(invoice.customer.time_zone), speaking(request, invoice.customer):
        try:
            if request.method == "POST":
                return _take_payment(request, invoice)
            return _show(request, invoice, token)
        except DomainError as error:
            return refused(request, error)


@require_safe
def pay_result(request: HttpRequest, token: str) -> HttpResponse:
    """Where the bank's question ends: asks the gateway, trusts no address, starts nothing."""
    invoice = _invoice(request, token)
    if invoice is None:
        return _invalid(request)
    payment = open_payment_of(invoice.pk)
    if payment is not None:
        with speaking(request, invoice.customer):
            try:
                payment = refresh_payment(payment=payment, at=now_for(invoice.customer), now=clock.now())
            except DomainError as error:
                return refused(request, error)
            _tell(request, payment)
    return redirect("portal:pay", token)


@require_safe
def pay_document(request: HttpRequest, token: str) -> HttpResponse:
    """The invoice of a pay link as PDF, or its receipt once it is paid."""
    invoice = _invoice(request, token)
    if invoice is None:
        return _invalid(request)
    kind = DocumentKind.RECEIPT if invoice.status == InvoiceStatus.PAID else DocumentKind.INVOICE
    return pdf_of(invoice, kind, at=now_for(invoice.customer))


def _invoice(request: HttpRequest, token: str) -> Invoice | None:
    invoice = invoice_for_pay_token(token)
    if invoice is not None:
        # The page wears the brand and the clock of the invoice's customer; nobody is signed in by that.
        cast("Any", request).customer = invoice.customer
    return invoice


def _invalid(request: HttpRequest) -> HttpResponse:
    return refused(request, LinkInvalid("This payment link is not valid, or older than 30 days."))


def _take_payment(request: HttpRequest, invoice: Invoice) -> HttpResponse:
    try:
        payment = pay_invoice(
            invoice=invoice,
            at=now_for(invoice.customer),
            setup_id=request.POST.get("setup_intent", ""),
        )
    except (NothingDue, PaymentInProgress):
        # Somebody was quicker; the page says what became of it.
        return redirect(request.path)
    _tell(request, payment)
    return redirect(request.path)


def _tell(request: HttpRequest, payment: Payment) -> None:
    if payment.status == PaymentStatus.FAILED:
        reason = payment.failure_message or _("The payment was declined.")
        messages.error(request, _("%(reason)s Nothing was charged.") % {"reason": reason})
    elif payment.status == PaymentStatus.CANCELED:
        messages.error(request, _("The payment was not confirmed. Nothing was charged."))


def _show(request: HttpRequest, invoice: Invoice, token: str) -> HttpResponse:
    payment = open_payment_of(invoice.pk)
    context: dict[str, Any] = {
        "invoice": invoice,
        "token": token,
        "lines": invoice.lines.all(),
        "bill": bill_of(invoice),
        "notes": tax_notes(invoice),
        "payment": payment,
        "is_payable": invoice.status in PAYABLE and invoice.due_minor > 0,
        "stripe_js_url": settings.STRIPE_JS_URL,
        "publishable_key": settings.STRIPE_PUBLISHABLE_KEY,
        "after": request.session.get(AFTER_PAYMENT, ""),
        "chrome": "quiet",
    }
    if payment is not None and payment.status == PaymentStatus.REQUIRES_ACTION:
        context["secret"] = action_secret(payment=payment)
        context["confirm_url"] = "" if context["secret"] else action_address(payment=payment)
    if context["is_payable"] and (payment is None or request.GET.get("card") == "new"):
        stored = default_method(invoice.customer_id)
        context["stored"] = stored
        context["last"] = payments_of_invoice(invoice.pk).first()
        if stored is None or request.GET.get("card") == "new":
            context["setup"] = start_setup(customer=invoice.customer, at=now_for(invoice.customer))
    return render(request, "portal/pay.html", context)
