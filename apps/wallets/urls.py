from __future__ import annotations

from django.urls import path

from apps.wallets import api

api_urlpatterns = [
    path("customers/<str:customer_id>/balance", api.CustomerBalances.as_view(), name="customer-balances"),
    path(
        "customers/<str:customer_id>/balance_movements",
        api.BalanceMovements.as_view(),
        name="balance-movements",
    ),
]
