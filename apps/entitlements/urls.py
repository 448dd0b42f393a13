from __future__ import annotations

from django.urls import path

from apps.entitlements import api

api_urlpatterns = [
    path("customers/<str:customer_id>/access", api.CustomerAccessView.as_view(), name="customer-access")
]
