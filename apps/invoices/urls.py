from __future__ import annotations

from django.urls import path

from apps.invoices import api

api_urlpatterns = [
    path("invoices", api.Invoices.as_view(), name="invoices"),
    path("invoices/<str:invoice_id>", api.InvoiceDetail.as_view(), name="invoice"),
    path("invoices/<str:invoice_id>/pdf", api.InvoicePdf.as_view(), name="invoice-pdf"),
    # The list's path also creates, which is billing's: monetize joins the two. Voiding is billing's, too.
    path("credit_notes/<str:credit_note_id>", api.CreditNoteDetail.as_view(), name="credit-note"),
]
