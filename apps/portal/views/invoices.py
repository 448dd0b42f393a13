"""A customer's invoices: the list, one with the reason of every amount, and its documents."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from apps.accounts.enums import BalanceUse
from apps.billing.effects import Effect, bill_of, effect_of
from apps.billing.late_selectors import waiting_drafts
from apps.billing.selectors import pay_token
from apps.customers.enums import MemberRole
from apps.invoices.enums import DocumentKind, InvoiceStatus
from apps.invoices.models import CreditNote, Invoice
from apps.invoices.selectors import credit_notes_of
from apps.invoices.services.einvoice import einvoice_problems
from apps.invoices.snapshot import line_explanation
from apps.payments.refund_selectors import refunds_of_invoice
from apps.payments.selectors import payments_of_invoice
from apps.portal.access import PortalRequest, customer_page
from apps.portal.documents import credit_note_pdf_of, pdf_of, xml_of
from apps.portal.legal_texts import local_tax_of, tax_notes
from apps.portal.roles import allows
from apps.portal.selectors import credit_note_of, invoice_counts, invoice_of, invoice_page
from apps.wallets.selectors import balances_of, movements_of

SHOWN_MOVEMENTS = 20
SHOWN_CREDIT_NOTES = 50
SHOWN = (InvoiceStatus.OPEN, InvoiceStatus.PAID, InvoiceStatus.VOID, InvoiceStatus.UNCOLLECTIBLE)


@require_safe
@customer_page()
def invoices(request: PortalRequest) -> HttpResponse:
    status, cursor = request.GET.get("status", ""), request.GET.get("cursor", "")
    counts = invoice_counts(request.customer.pk)
    tabs = [{"value": "", "label": _("All"), "count": counts[""]}]
    tabs += [
        {"value": each.value, "label": _(str(each.label)), "count": counts[each.value]}
        for each in SHOWN
        if counts.get(each.value)
    ]
    page = invoice_page(customer_id=request.customer.pk, status=status, cursor=cursor)
    customer = request.customer
    context = {
        "page": page,
        "tabs": tabs,
        "status": status,
        "has_previous": bool(cursor),
        "balances": list(balances_of(customer.pk)),
        "movements": list(movements_of(customer.pk)[:SHOWN_MOVEMENTS]),
        "uses_balance": customer.brand.balance_use == BalanceUse.AUTOMATIC,
        "credit_notes": list(credit_notes_of(customer.pk)[:SHOWN_CREDIT_NOTES]),
        "upcoming": [{"draft": draft, "effect": _effect(draft)} for draft in waiting_drafts(customer.pk)],
    }
    return render(request, "portal/invoices.html", context)


def _effect(draft: Invoice) -> Effect:
    """What a draft comes to so far, with its discounts and taxes."""
    return effect_of(at=draft.created_at, currency=draft.currency, invoices=[draft], notes=[])


@require_safe
@customer_page()
def invoice(request: PortalRequest, public_id: str) -> HttpResponse:
    shown = invoice_of(customer_id=request.customer.pk, reference=public_id)
    lines = [{"line": line, "why": line_explanation(line, shown.locale)} for line in shown.lines.all()]
    payable = shown.status in (InvoiceStatus.OPEN, InvoiceStatus.UNCOLLECTIBLE) and shown.due_minor > 0
    may_pay = payable and allows(request.role, MemberRole.BILLING)
    context = {
        "invoice": shown,
        "lines": lines,
        "bill": bill_of(shown),
        "notes": tax_notes(shown),
        "local_tax": local_tax_of(shown),
        "payments": payments_of_invoice(shown.pk),
        "refunds": refunds_of_invoice(shown.pk),
        "credit_notes": _explained(shown),
        "has_einvoice": not einvoice_problems(shown),
        "is_reduced": payable and shown.due_minor != shown.total_minor,
        "is_overdue": payable and shown.due_at is not None and shown.due_at < request.at,
        "pay_href": reverse("portal:pay", args=[pay_token(shown)]) if may_pay else "",
    }
    return render(request, "portal/invoice.html", context)


@require_safe
@customer_page()
def credit_note(request: PortalRequest, public_id: str) -> HttpResponse:
    note = credit_note_of(customer_id=request.customer.pk, reference=public_id)
    lines = note.lines.select_related("invoice_line")
    context = {
        "note": note,
        "lines": [{"line": line, "why": line_explanation(line, note.invoice.locale)} for line in lines],
        "taxes": list(note.taxes.all()),
        "notes": tax_notes(note),
        "has_einvoice": not einvoice_problems(note),
    }
    return render(request, "portal/credit_note.html", context)


def _explained(shown: Invoice) -> list[CreditNote]:
    """The credit notes of an invoice, each with its lines and why they are that much."""
    notes = list(shown.credit_notes.order_by("id").prefetch_related("lines"))
    for note in notes:
        note.explained = [  # type: ignore[attr-defined]
            {"line": line, "why": line_explanation(line, shown.locale)} for line in note.lines.all()
        ]
    return notes


@require_safe
@customer_page()
def invoice_pdf(request: PortalRequest, public_id: str) -> HttpResponse:
    shown = invoice_of(customer_id=request.customer.pk, reference=public_id)
    return pdf_of(shown, DocumentKind.INVOICE, at=request.at)


@require_safe
@customer_page()
def receipt_pdf(request: PortalRequest, public_id: str) -> HttpResponse:
    shown = invoice_of(customer_id=request.customer.pk, reference=public_id)
    return pdf_of(shown, DocumentKind.RECEIPT, at=request.at)


@require_safe
@customer_page()
def invoice_xml(request: PortalRequest, public_id: str) -> HttpResponse:
    return xml_of(invoice_of(customer_id=request.customer.pk, reference=public_id), at=request.at)


@require_safe
@customer_page()
def credit_note_pdf(request: PortalRequest, public_id: str) -> HttpResponse:
    note = credit_note_of(customer_id=request.customer.pk, reference=public_id)
    return credit_note_pdf_of(note, at=request.at)


@require_safe
@customer_page()
def credit_note_xml(request: PortalRequest, public_id: str) -> HttpResponse:
    return xml_of(credit_note_of(customer_id=request.customer.pk, reference=public_id), at=request.at)
