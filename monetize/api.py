"""Every endpoint under /api/v1/. Paths that two apps serve by different methods are joined here."""

from __future__ import annotations

from typing import ClassVar

from django.urls import URLPattern, URLResolver, path

from apps.audit import urls as audit
from apps.billing import urls as billing
from apps.billing.api.credit_notes import CreateCreditNote
from apps.billing.api.draft_invoices import CreateInvoice, DeleteDraft
from apps.billing.api.quotes import PreviewInvoice
from apps.billing.api.subscriptions import CreateSubscription
from apps.customers import urls as customers
from apps.entitlements import urls as entitlements
from apps.invoices import urls as invoices
from apps.invoices.api import InvoiceDetail, ListCreditNotes, ListInvoices
from apps.ledger import urls as ledger
from apps.payments import urls as payments
from apps.plans import urls as plans
from apps.portal import urls as portal
from apps.promos import urls as promos
from apps.rating import urls as rating
from apps.reporting import urls as reporting
from apps.subscriptions import urls as subscriptions
from apps.subscriptions.api import ListSubscriptions
from apps.taxes import urls as taxes
from apps.usage import urls as usage
from apps.wallets import urls as wallets


class Subscriptions(ListSubscriptions, CreateSubscription):
    required_scopes: ClassVar = {
        **ListSubscriptions.required_scopes,
        **CreateSubscription.required_scopes,
    }


class Invoices(ListInvoices, CreateInvoice):
    required_scopes: ClassVar = {**ListInvoices.required_scopes, **CreateInvoice.required_scopes}


class Invoice(InvoiceDetail, DeleteDraft):
    required_scopes: ClassVar = {**InvoiceDetail.required_scopes, **DeleteDraft.required_scopes}


class CreditNotes(ListCreditNotes, CreateCreditNote):
    required_scopes: ClassVar = {
        **ListCreditNotes.required_scopes,
        **CreateCreditNote.required_scopes,
    }


urlpatterns: list[URLPattern | URLResolver] = [
    *audit.api_urlpatterns,
    path("subscriptions", Subscriptions.as_view(), name="subscriptions"),
    path("invoices", Invoices.as_view(), name="invoices"),
    # A word in the place of an id comes first.
    path("invoices/preview", PreviewInvoice.as_view(), name="preview-invoice"),
    path("invoices/<str:invoice_id>", Invoice.as_view(), name="invoice"),
    path("credit_notes", CreditNotes.as_view(), name="credit-notes"),
    # Before the apps below: their paths with a word in the place of an id come first.
    *billing.api_urlpatterns,
    *customers.api_urlpatterns,
    *entitlements.api_urlpatterns,
    *invoices.api_urlpatterns,
    *ledger.api_urlpatterns,
    *payments.api_urlpatterns,
    *plans.api_urlpatterns,
    *portal.api_urlpatterns,
    *promos.api_urlpatterns,
    *rating.api_urlpatterns,
    *reporting.api_urlpatterns,
    *subscriptions.api_urlpatterns,
    *taxes.api_urlpatterns,
    *usage.api_urlpatterns,
    *wallets.api_urlpatterns,
]
