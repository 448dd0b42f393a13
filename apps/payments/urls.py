from __future__ import annotations

from django.urls import path

from apps.payments import api, refund_api

api_urlpatterns = [
    path("disputes", api.Disputes.as_view(), name="disputes"),
    path("disputes/<str:dispute_id>", api.DisputeDetail.as_view(), name="dispute"),
    path("payments", api.Payments.as_view(), name="payments"),
    path("payments/<str:payment_id>", api.PaymentDetail.as_view(), name="payment"),
    path("refunds", refund_api.Refunds.as_view(), name="refunds"),
    path("refunds/<str:refund_id>", refund_api.RefundDetail.as_view(), name="refund"),
    path("invoices/<str:invoice_id>/receipt", api.InvoiceReceipt.as_view(), name="invoice-receipt"),
    path(
        "customers/<str:customer_id>/payment_methods",
        api.PaymentMethods.as_view(),
        name="payment-methods",
    ),
    path(
        "customers/<str:customer_id>/payment_methods/<str:method_id>",
        api.PaymentMethodDetail.as_view(),
        name="payment-method",
    ),
    path("customers/<str:customer_id>/method_setups", api.MethodSetups.as_view(), name="card-setups"),
]
