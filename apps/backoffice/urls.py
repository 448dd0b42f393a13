from __future__ import annotations

from django.urls import path

from apps.backoffice.views import (
    configuration,
    credit_notes,
    customers,
    desk,
    home,
    invoices,
    late_usage,
    operations,
    payments,
    records,
    revenue,
    subscription_requests,
    subscriptions,
)

app_name = "backoffice"

urlpatterns = [
    path("", home.home, name="home"),
    path("search", desk.search, name="search"),
    path("mode", desk.switch_mode, name="switch_mode"),
    path("brand/switch", desk.switch_brand, name="switch_brand"),
    path("customers", customers.customers, name="customers"),
    path("customers/<str:reference>", customers.customer, name="customer"),
    path("customers/<str:reference>/access", customers.SetAccess.as_view(), name="set_access"),
    path("customers/<str:reference>/balance", credit_notes.AdjustBalance.as_view(), name="adjust_balance"),
    path("subscriptions", subscriptions.subscriptions, name="subscriptions"),
    path("subscriptions/<str:reference>", subscriptions.subscription, name="subscription"),
    path(
        "subscriptions/<str:reference>/cancel",
        subscription_requests.CancelSubscription.as_view(),
        name="cancel_subscription",
    ),
    path(
        "subscriptions/<str:reference>/undo",
        subscription_requests.KeepSubscription.as_view(),
        name="keep_subscription",
    ),
    path(
        "subscriptions/<str:reference>/pause",
        subscription_requests.PauseSubscription.as_view(),
        name="pause_subscription",
    ),
    path(
        "subscriptions/<str:reference>/resume",
        subscription_requests.ResumeSubscription.as_view(),
        name="resume_subscription",
    ),
    path(
        "subscriptions/<str:reference>/plan", subscription_requests.ChangePlan.as_view(), name="change_plan"
    ),
    path("subscriptions/<str:reference>/rerate", late_usage.RerateUsage.as_view(), name="rerate_usage"),
    path("invoices", invoices.invoices, name="invoices"),
    path("invoices/<str:reference>", invoices.invoice, name="invoice"),
    path("invoices/<str:reference>/pdf", invoices.invoice_pdf, name="invoice_pdf"),
    path("invoices/<str:reference>/charge", invoices.RetryCollection.as_view(), name="retry_collection"),
    path("invoices/<str:reference>/finalize", late_usage.FinalizeNow.as_view(), name="finalize_invoice"),
    path("invoices/<str:reference>/write-off", invoices.WriteOff.as_view(), name="write_off_invoice"),
    path("invoices/<str:reference>/void", invoices.VoidInvoice.as_view(), name="void_invoice"),
    path(
        "invoices/<str:reference>/credit",
        credit_notes.IssueCreditNote.as_view(),
        name="issue_credit_note",
    ),
    path(
        "invoices/<str:reference>/balance",
        credit_notes.PayFromBalance.as_view(),
        name="pay_from_balance",
    ),
    path("credit-notes", credit_notes.credit_notes, name="credit_notes"),
    path("credit-notes/<str:reference>", credit_notes.credit_note, name="credit_note"),
    path(
        "credit-notes/<str:reference>/void",
        credit_notes.VoidCreditNote.as_view(),
        name="void_credit_note",
    ),
    path("payments", payments.payments, name="payments"),
    path("payments/<str:reference>", payments.payment, name="payment"),
    path("gateway-events", payments.gateway_events, name="gateway_events"),
    path(
        "gateway-events/<str:reference>/retry",
        payments.RetryGatewayEvent.as_view(),
        name="retry_gateway_event",
    ),
    path("revenue", revenue.revenue, name="revenue"),
    path("subscribers", revenue.subscribers, name="subscribers"),
    path("movements", revenue.movements, name="movements"),
    path("parked", operations.parked, name="parked"),
    path("parked/<str:reference>/retry", operations.RetryParked.as_view(), name="retry_parked"),
    path("runs", operations.runs, name="runs"),
    path("test-clocks", operations.test_clocks, name="test_clocks"),
    path("test-clocks/<str:reference>/advance", operations.AdvanceClock.as_view(), name="advance_clock"),
    path("mail", operations.mails, name="mail"),
    path("mail/<str:reference>", operations.mail, name="mail_detail"),
    path("mail/<str:reference>/html", operations.mail_html, name="mail_html"),
    path("mail/<str:reference>/resend", operations.ResendMail.as_view(), name="resend_mail"),
    path("events", records.events, name="events"),
    path("events/verify", records.verify, name="verify_events"),
    path("changes", records.changes, name="changes"),
    path("books", records.books, name="books"),
    path("settings", configuration.brand_settings, name="brand_settings"),
    path("keys", configuration.api_keys, name="api_keys"),
    path("keys/<str:reference>/revoke", configuration.RevokeApiKey.as_view(), name="revoke_api_key"),
]
