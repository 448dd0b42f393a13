from __future__ import annotations

from django.urls import path

from apps.usage.api import MeterUsageView, receive_events

api_urlpatterns = [
    path("events", receive_events, name="events"),
    path("meters/<str:code>/usage", MeterUsageView.as_view(), name="meter-usage"),
]
