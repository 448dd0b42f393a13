from __future__ import annotations

from django.urls import path

from apps.usage.api import AmendEventView, BackfillEventsView, MeterUsageView, VoidEventView, receive_events

api_urlpatterns = [
    path("events", receive_events, name="events"),
    path("events/amend", AmendEventView.as_view(), name="amend-event"),
    path("events/void", VoidEventView.as_view(), name="void-event"),
    path("events/backfill", BackfillEventsView.as_view(), name="backfill-events"),
    path("meters/<str:code>/usage", MeterUsageView.as_view(), name="meter-usage"),
]
