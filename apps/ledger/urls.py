from __future__ import annotations

from django.urls import path

from apps.ledger import api

api_urlpatterns = [path("ledger/trial_balance", api.TrialBalance.as_view(), name="trial-balance")]
