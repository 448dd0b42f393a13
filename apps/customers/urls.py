from __future__ import annotations

from django.urls import path

from apps.customers import api

api_urlpatterns = [
    path("customers", api.Customers.as_view(), name="customers"),
    path(
        "customers/external/<str:external_id>",
        api.CustomerByExternalId.as_view(),
        name="customer-by-external-id",
    ),
    path("customers/<str:customer_id>", api.CustomerDetail.as_view(), name="customer"),
    path(
        "customers/<str:customer_id>/timeline",
        api.CustomerTimeline.as_view(),
        name="customer-timeline",
    ),
    path("test_clocks", api.TestClocks.as_view(), name="test-clocks"),
    path("test_clocks/<str:test_clock_id>", api.TestClockDetail.as_view(), name="test-clock"),
    path(
        "test_clocks/<str:test_clock_id>/release",
        api.ReleaseTestClock.as_view(),
        name="release-test-clock",
    ),
]
