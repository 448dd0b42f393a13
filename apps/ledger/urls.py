from __future__ import annotations

from django.urls import path

from apps.ledger import api

api_urlpatterns = [
    path("reports/trial_balance", api.TrialBalance.as_view(), name="trial-balance"),
    path("reports/journal", api.Journal.as_view(), name="journal"),
]
