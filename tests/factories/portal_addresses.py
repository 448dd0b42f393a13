"""The portal's addresses that mails link to, for tests that send mails without the portal."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.urls import include, path


def page(request: HttpRequest, **kwargs: str) -> HttpResponse:
    return HttpResponse()


portal = [
    path("", page, name="home"),
    path("pay/<str:token>", page, name="pay"),
    path("invoices/<str:public_id>", page, name="invoice"),
    path("payment", page, name="payment"),
    path("subscription", page, name="subscription"),
    path("invitations/<str:token>", page, name="accept_invitation"),
]

urlpatterns = [path("", include((portal, "portal")))]
