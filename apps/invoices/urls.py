from __future__ import annotations

from django.urls import path

from apps.invoices import api

api_urlpatterns = [
    # The list also creates, and a draft is also deleted, which is billing's: monetize joins them.
    path("invoices/<str:invoice_id>/pdf", api.InvoicePdf.as_view(), name="invoice-pdf"),
    path("invoices/<str:invoice_id>/einvoice", api.InvoiceEInvoice.as_view(), name="invoice-einvoice"),
    # The list's path also creates, which is billing's: monetize joins the two. Voiding is billing's, too.
    path("credit_notes/<str:credit_note_id>", api.CreditNoteDetail.as_view(), name="credit-note"),
    path("credit_notes/<str:credit_note_id>/pdf", api.CreditNotePdf.as_view(), name="credit-note-pdf"),
    path(
        "credit_notes/<str:credit_note_id>/einvoice",
        api.CreditNoteEInvoice.as_view(),
        name="credit-note-einvoice",
    ),
]
