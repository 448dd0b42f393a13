from __future__ import annotations

from django.urls import path

from apps.billing import api, views

# The list's path also lists, which is subscriptions' own: monetize joins the two.
api_urlpatterns = [
    path("subscriptions/preview", api.PreviewSubscription.as_view(), name="preview-subscription"),
    path(
        "subscriptions/<str:subscription_id>/change",
        api.ChangeSubscription.as_view(),
        name="change-subscription",
    ),
    path(
        "subscriptions/<str:subscription_id>/change/preview",
        api.PreviewChange.as_view(),
        name="preview-subscription-change",
    ),
    path(
        "subscriptions/<str:subscription_id>/cancel",
        api.CancelSubscription.as_view(),
        name="cancel-subscription",
    ),
    path("subscriptions/<str:subscription_id>/undo", api.UndoChange.as_view(), name="undo-change"),
    path(
        "customers/<str:customer_id>/upcoming_invoices",
        api.UpcomingInvoices.as_view(),
        name="upcoming-invoices",
    ),
    path(
        "test_clocks/<str:test_clock_id>/advance",
        api.AdvanceTestClock.as_view(),
        name="advance-test-clock",
    ),
    path("invoices/<str:invoice_id>/void", api.VoidInvoice.as_view(), name="void-invoice"),
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
