"""Reads about wallets and their grants. Amounts are minor units; instants are the customer's time."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Q, QuerySet, Sum

from apps.core.due_work import Scope
from apps.wallets.enums import GrantKind, TopUpStatus
from apps.wallets.errors import GrantNotFound, WalletNotFound
from apps.wallets.models import CreditGrant, GrantMovement, TopUpIntent, Wallet


def available_minor(wallet: Wallet, *, at: datetime, kind: GrantKind | None = None) -> int:
    """What of a wallet can be spent at `at`: its balance less what has not begun, or is over."""
    grants = CreditGrant.objects.filter(
        Q(expires_at=None) | Q(expires_at__gt=at), wallet=wallet, effective_at__lte=at, voided_at=None
    )
    own = grants if kind is None else grants.filter(kind=kind)
    return own.aggregate(total=Sum("remaining_minor"))["total"] or 0


def wallets_of(*, brand_id: int, livemode: bool) -> QuerySet[Wallet]:
    """The wallets of a brand in one mode, with their customers."""
    own = Wallet.objects.filter(brand_id=brand_id, livemode=livemode)
    return own.select_related("customer__test_clock")


def get_wallet(*, brand_id: int, livemode: bool, reference: str) -> Wallet:
    """The wallet with this public id.

    Raises:
        WalletNotFound: none in this brand and mode (404).
    """
    found = wallets_of(brand_id=brand_id, livemode=livemode).filter(public_id=reference).first()
    if found is None:
        raise WalletNotFound(f"There is no wallet '{reference}'.", field="wallet")
    return found


def get_grant(*, brand_id: int, livemode: bool, reference: str) -> CreditGrant:
    """The credit grant with this public id.

    Raises:
        GrantNotFound: none in this brand and mode (404).
    """
    own = CreditGrant.objects.filter(wallet__brand_id=brand_id, wallet__livemode=livemode)
    found = own.select_related("wallet__customer__test_clock").filter(public_id=reference).first()
    if found is None:
        raise GrantNotFound(f"There is no credit grant '{reference}'.", field="credit_grant")
    return found


def grants_of(wallet: Wallet) -> QuerySet[CreditGrant]:
    """A wallet's grants, newest first."""
    return wallet.grants.select_related("wallet").order_by("-id")


def grant_movements_of(wallet: Wallet) -> QuerySet[GrantMovement]:
    """The movements of a wallet's grants, newest first."""
    return wallet.movements.select_related("wallet", "grant").order_by("-id")


def unbilled_top_ups(scope: Scope) -> QuerySet[TopUpIntent]:
    """Open top-ups of a scope for which nothing was billed yet, the earliest first."""
    return (
        TopUpIntent.objects.filter(
            status=TopUpStatus.OPEN,
            reference_id="",
            wallet__customer__test_clock_id=scope.test_clock_id,
        )
        .select_related("wallet__customer")
        .order_by("created_at", "pk")
    )
