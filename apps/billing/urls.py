from __future__ import annotations

from django.urls import path

from apps.billing import views
from apps.billing.api import clocks, invoices, payments, subscriptions

# The list's path also lists, which is subscriptions' own: monetize joins the two.
api_urlpatterns = [
    path("subscriptions/preview", subscriptions.PreviewSubscription.as_view(), name="preview-subscription"),
    path(
        "subscriptions/<str:subscription_id>/change",
        subscriptions.ChangeSubscription.as_view(),
        name="change-subscription",
    ),
    path(
        "subscriptions/<str:subscription_id>/change/preview",
        subscriptions.PreviewChange.as_view(),
        name="preview-subscription-change",
    ),
    path(
        "subscriptions/<str:subscription_id>/cancel",
        subscriptions.CancelSubscription.as_view(),
        name="cancel-subscription",
    ),
    path("subscriptions/<str:subscription_id>/undo", subscriptions.UndoChange.as_view(), name="undo-change"),
    path(
        "customers/<str:customer_id>/upcoming_invoices",
        invoices.UpcomingInvoices.as_view(),
        name="upcoming-invoices",
    ),
    path(
        "test_clocks/<str:test_clock_id>/advance",
        clocks.AdvanceTestClock.as_view(),
        name="advance-test-clock",
    ),
    path("invoices/<str:invoice_id>/void", invoices.VoidInvoice.as_view(), name="void-invoice"),
    path("invoices/<str:invoice_id>/pay", payments.PayInvoice.as_view(), name="pay-invoice"),
    path(
        "customers/<str:customer_id>/card_setups/<str:setup_id>/finish",
        payments.FinishCardSetup.as_view(),
        name="finish-card-setup",
    ),
    path(
        "customers/<str:customer_id>/payment_methods/<str:method_id>/default",
        payments.ChooseDefaultMethod.as_view(),
        name="choose-default-payment-method",
    ),
]

urlpatterns = [path("webhooks/stripe", views.stripe_webhook, name="stripe-webhook")]
