from __future__ import annotations

from django.urls import path

from apps.invoices import api

api_urlpatterns = [
    path("invoices", api.Invoices.as_view(), name="invoices"),
    path("invoices/<str:invoice_id>", api.InvoiceDetail.as_view(), name="invoice"),
    path("invoices/<str:invoice_id>/pdf", api.InvoicePdf.as_view(), name="invoice-pdf"),
]
