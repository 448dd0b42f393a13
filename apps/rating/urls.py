from __future__ import annotations

from django.urls import path

from apps.rating.api import CustomerUsageView

api_urlpatterns = [path("customers/<str:id>/usage", CustomerUsageView.as_view(), name="customer-usage")]
