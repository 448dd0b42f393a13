from __future__ import annotations

from django.urls import path

from apps.portal import api
from apps.portal.views import (
    billing_details,
    checkout,
    invoices,
    overview,
    pay,
    payment,
    pricing,
    quotes,
    requests,
    sessions,
    subscription,
    team,
    usage,
    welcome,
)

app_name = "portal"

api_urlpatterns = [
    path("checkout_sessions", api.CheckoutSessions.as_view(), name="checkout-sessions"),
    path(
        "checkout_sessions/<str:session_id>",
        api.CheckoutSessionDetail.as_view(),
        name="checkout-session",
    ),
    path("portal_sessions", api.PortalSessions.as_view(), name="portal-sessions"),
]

urlpatterns = [
    path("", overview.home, name="home"),
    path("privacy/", overview.privacy, name="privacy"),
    path("pricing/", pricing.pricing, name="pricing"),
    path("pricing/<slug:code>/", pricing.choose, name="choose"),
    path("welcome/", welcome.welcome, name="welcome"),
    path("customers/", welcome.switch_customer, name="switch_customer"),
    path("checkout/", checkout.checkout, name="checkout"),
    path("checkout/<str:token>/", checkout.checkout_session, name="checkout_session"),
    path("quotes/<str:token>/", quotes.quote, name="quote"),
    path("session/leave/", sessions.leave_session, name="leave_session"),
    path("session/<str:token>/", sessions.session, name="session"),
    path("subscription/", subscription.subscription, name="subscription"),
    path("subscription/<str:public_id>/", subscription.subscription, name="subscription_detail"),
    path("subscription/<str:public_id>/change/", requests.change_plan, name="change_plan"),
    path("subscription/<str:public_id>/cancel/", requests.cancel, name="cancel"),
    path("subscription/<str:public_id>/pause/", requests.pause, name="pause"),
    path("subscription/<str:public_id>/resume/", requests.resume, name="resume"),
    path("subscription/<str:public_id>/undo/", requests.undo, name="undo"),
    path("usage/", usage.usage, name="usage"),
    path("usage/<str:subscription_id>/<slug:meter>.csv", usage.usage_csv, name="usage_csv"),
    path("invoices/", invoices.invoices, name="invoices"),
    path("invoices/<str:public_id>/", invoices.invoice, name="invoice"),
    path("invoices/<str:public_id>/invoice.pdf", invoices.invoice_pdf, name="invoice_pdf"),
    path("invoices/<str:public_id>/receipt.pdf", invoices.receipt_pdf, name="receipt_pdf"),
    path("invoices/<str:public_id>/invoice.xml", invoices.invoice_xml, name="invoice_xml"),
    path("credit-notes/<str:public_id>/credit-note.pdf", invoices.credit_note_pdf, name="credit_note_pdf"),
    path("credit-notes/<str:public_id>/credit-note.xml", invoices.credit_note_xml, name="credit_note_xml"),
    path("pay/<str:token>/", pay.pay, name="pay"),
    path("pay/<str:token>/result/", pay.pay_result, name="pay_result"),
    path("pay/<str:token>/document.pdf", pay.pay_document, name="pay_document"),
    path("payment/", payment.payment, name="payment"),
    path("payment/add/", payment.add_card, name="add_card"),
    path("payment/<str:public_id>/default/", payment.choose_card, name="choose_card"),
    path("payment/<str:public_id>/remove/", payment.remove_card, name="remove_card"),
    path("billing-details/", billing_details.billing_details, name="billing_details"),
    path("billing-details/edit/", billing_details.edit_billing_details, name="edit_billing_details"),
    path("team/", team.team, name="team"),
    path("team/invite/", team.invite, name="invite"),
    path("team/invitations/<str:public_id>/withdraw/", team.withdraw, name="withdraw_invitation"),
    path("team/<int:member_id>/role/", team.set_role, name="set_role"),
    path("team/<int:member_id>/remove/", team.remove, name="remove_member"),
    path("invitations/<str:token>/", team.accept_invitation, name="accept_invitation"),
]
