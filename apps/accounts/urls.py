from __future__ import annotations

from django.urls import path

from apps.accounts import views

urlpatterns = [
    path("brands/<slug:code>/theme.css", views.brand_theme, name="brand_theme"),
    path("brands/<slug:code>/logo.png", views.brand_logo, name="brand_logo"),
]
