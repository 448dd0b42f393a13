from __future__ import annotations

from django.urls import path

from apps.wallets.api import balances, wallets

api_urlpatterns = [
    path(
        "customers/<str:customer_id>/balance", balances.CustomerBalances.as_view(), name="customer-balances"
    ),
    path(
        "customers/<str:customer_id>/balance_movements",
        balances.BalanceMovements.as_view(),
        name="balance-movements",
    ),
    path("wallets", wallets.Wallets.as_view(), name="wallets"),
    path("wallets/<str:wallet_id>", wallets.WalletDetail.as_view(), name="wallet"),
    path("wallets/<str:wallet_id>/close", wallets.CloseWallet.as_view(), name="wallet-close"),
    path("wallets/<str:wallet_id>/grants", wallets.WalletGrants.as_view(), name="wallet-grants"),
    path("wallets/<str:wallet_id>/movements", wallets.WalletMovements.as_view(), name="wallet-movements"),
    path("credit_grants/<str:grant_id>/void", wallets.VoidCreditGrant.as_view(), name="credit-grant-void"),
]
