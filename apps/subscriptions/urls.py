from __future__ import annotations

from django.urls import path

from apps.subscriptions import api

# The list's path also creates, which is billing's: monetize joins the two.
api_urlpatterns = [
    path("subscriptions/<str:subscription_id>", api.SubscriptionDetail.as_view(), name="subscription"),
    path(
        "subscriptions/<str:subscription_id>/timeline",
        api.SubscriptionTimeline.as_view(),
        name="subscription-timeline",
    ),
    path(
        "subscriptions/<str:subscription_id>/changes",
        api.SubscriptionChanges.as_view(),
        name="subscription-changes",
    ),
    path(
        "subscriptions/<str:subscription_id>/changes/<str:change_id>",
        api.SubscriptionChange.as_view(),
        name="subscription-change",
    ),
]
