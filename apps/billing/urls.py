from __future__ import annotations

from django.urls import path

from apps.billing import api, views

api_urlpatterns = [
    path("invoices/<str:invoice_id>/pay", api.PayInvoice.as_view(), name="pay-invoice"),
    path(
        "customers/<str:customer_id>/card_setups/<str:setup_id>/finish",
        api.FinishCardSetup.as_view(),
        name="finish-card-setup",
    ),
    path(
        "customers/<str:customer_id>/payment_methods/<str:method_id>/default",
        api.ChooseDefaultMethod.as_view(),
        name="choose-default-payment-method",
    ),
]

urlpatterns = [path("webhooks/stripe", views.stripe_webhook, name="stripe-webhook")]
