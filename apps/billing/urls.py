from __future__ import annotations

from django.urls import path

from apps.billing import views
from apps.billing.api import (
    clocks,
    credit_notes,
    draft_invoices,
    dunning,
    invoices,
    late_usage,
    lifecycle,
    payments,
    plan_migrations,
    quotes,
    refunds,
    requests,
    subscriptions,
)

# The list's path also lists, which is subscriptions' own: monetize joins the two.
api_urlpatterns = [
    path("subscriptions/preview", subscriptions.PreviewSubscription.as_view(), name="preview-subscription"),
    path(
        "subscriptions/<str:subscription_id>/change",
        requests.ChangeSubscription.as_view(),
        name="change-subscription",
    ),
    path(
        "subscriptions/<str:subscription_id>/change/preview",
        requests.PreviewChange.as_view(),
        name="preview-subscription-change",
    ),
    path(
        "subscriptions/<str:subscription_id>/cancel",
        requests.CancelSubscription.as_view(),
        name="cancel-subscription",
    ),
    path(
        "subscriptions/<str:subscription_id>/cancel/preview",
        requests.PreviewCancel.as_view(),
        name="preview-subscription-cancel",
    ),
    path(
        "subscriptions/<str:subscription_id>/pause",
        requests.PauseSubscription.as_view(),
        name="pause-subscription",
    ),
    path(
        "subscriptions/<str:subscription_id>/pause/preview",
        requests.PreviewPause.as_view(),
        name="preview-subscription-pause",
    ),
    path(
        "subscriptions/<str:subscription_id>/resume",
        requests.ResumeSubscription.as_view(),
        name="resume-subscription",
    ),
    path(
        "subscriptions/<str:subscription_id>/resume/preview",
        requests.PreviewResume.as_view(),
        name="preview-subscription-resume",
    ),
    path(
        "subscriptions/<str:subscription_id>/reactivate",
        lifecycle.ReactivateSubscription.as_view(),
        name="reactivate-subscription",
    ),
    path(
        "subscriptions/<str:subscription_id>/extend_trial",
        lifecycle.ExtendTrial.as_view(),
        name="extend-trial",
    ),
    path(
        "subscriptions/<str:subscription_id>/billing_day",
        lifecycle.MoveBillingDay.as_view(),
        name="move-billing-day",
    ),
    path("subscriptions/<str:subscription_id>/undo", requests.UndoChange.as_view(), name="undo-change"),
    path(
        "subscriptions/<str:subscription_id>/undo/preview",
        requests.PreviewUndo.as_view(),
        name="preview-undo",
    ),
    path(
        "plans/<str:plan_id>/migrations",
        plan_migrations.PlanMigrations.as_view(),
        name="plan-migrations",
    ),
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
    path(
        "subscriptions/<str:subscription_id>/rerate",
        late_usage.RerateSubscription.as_view(),
        name="rerate-subscription",
    ),
    path(
        "invoices/<str:invoice_id>/finalize",
        late_usage.FinalizeInvoice.as_view(),
        name="finalize-invoice",
    ),
    path("quotes", quotes.Quotes.as_view(), name="quotes"),
    path("quotes/<str:quote_id>", quotes.QuoteDetail.as_view(), name="quote"),
    path("quotes/<str:quote_id>/accept", quotes.AcceptQuote.as_view(), name="accept-quote"),
    path("quotes/<str:quote_id>/cancel", quotes.CancelQuote.as_view(), name="cancel-quote"),
    path("invoices/<str:invoice_id>/lines", draft_invoices.InvoiceLines.as_view(), name="invoice-lines"),
    path(
        "invoices/<str:invoice_id>/lines/<str:line_id>",
        draft_invoices.InvoiceLineDetail.as_view(),
        name="invoice-line",
    ),
    path(
        "invoices/<str:invoice_id>/regenerate",
        draft_invoices.RegenerateInvoice.as_view(),
        name="regenerate-invoice",
    ),
    path(
        "invoices/<str:invoice_id>/mark_uncollectible",
        invoices.MarkUncollectible.as_view(),
        name="mark-invoice-uncollectible",
    ),
    path("invoices/<str:invoice_id>/dunning", dunning.InvoiceDunning.as_view(), name="invoice-dunning"),
    path("invoices/<str:invoice_id>/void", invoices.VoidInvoice.as_view(), name="void-invoice"),
    path(
        "credit_notes/<str:credit_note_id>/void",
        credit_notes.VoidCreditNote.as_view(),
        name="void-credit-note",
    ),
    path("payments/<str:payment_id>/refunds", refunds.RefundPayment.as_view(), name="refund-payment"),
    path("invoices/<str:invoice_id>/pay", payments.PayInvoice.as_view(), name="pay-invoice"),
    path(
        "customers/<str:customer_id>/method_setups/<str:setup_id>/finish",
        payments.FinishMethodSetup.as_view(),
        name="finish-card-setup",
    ),
    path(
        "customers/<str:customer_id>/payment_methods/<str:method_id>/default",
        payments.ChooseDefaultMethod.as_view(),
        name="choose-default-payment-method",
    ),
]

urlpatterns = [path("webhooks/<slug:gateway>", views.gateway_webhook, name="gateway-webhook")]
