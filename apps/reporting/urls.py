from __future__ import annotations

from django.urls import path

from apps.reporting import api

api_urlpatterns = [
    path("reports/deferred_revenue", api.DeferredRevenue.as_view(), name="deferred-revenue"),
    path("reports/tax", api.Tax.as_view(), name="tax-report"),
]
