from __future__ import annotations

from django.urls import path

from apps.billing import views

urlpatterns = [path("webhooks/stripe", views.stripe_webhook, name="stripe-webhook")]
