from __future__ import annotations

from django.urls import path

from apps.audit.api import ChangesView

api_urlpatterns = [path("changes", ChangesView.as_view(), name="changes")]
