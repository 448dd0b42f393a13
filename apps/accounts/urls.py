from __future__ import annotations

from django.urls import path

from apps.accounts import views

urlpatterns = [
    # Before allauth's own: the same addresses and names, with a limit on tries.
    path("accounts/signup/", views.sign_up),
    path("accounts/login/", views.sign_in),
    path("brands/<slug:code>/theme.css", views.brand_theme, name="brand_theme"),
    path("brands/<slug:code>/logo.png", views.brand_logo, name="brand_logo"),
]
