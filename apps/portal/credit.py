"""What a customer holds in wallets, for the page: balances, grants with their scope in names, alerts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import get_language, gettext

from apps.billing.selectors import pay_token
from apps.billing.services.usage.ongoing_wallet_balance import ongoing_wallet_balance
from apps.core.api.pagination import decode_cursor, encode_cursor
from apps.core.errors import DomainError
from apps.core.formatting import FALLBACK_LOCALE, format_money
from apps.customers.models import Customer
from apps.invoices.enums import InvoiceStatus
from apps.invoices.models import Invoice
from apps.plans.models import Meter, Plan
from apps.pricing.errors import PricingError
from apps.wallets.errors import WalletNotFound
from apps.wallets.grant_selectors import available_minor, grant_movements_of
from apps.wallets.models import CreditGrant, GrantMovement, TopUpIntent, Wallet
from apps.wallets.services.request_top_up import open_top_ups

PAGE_SIZE = 25
SHOWN_ENDED = 10


@dataclass(frozen=True, slots=True)
class GrantShown:
    """A grant; `scope` names the plans and meters that it pays for, empty for everything."""

    grant: CreditGrant
    scope: list[str]
    is_waiting: bool
    """It cannot be spent yet."""


@dataclass(frozen=True, slots=True)
class WalletShown:
    """A wallet in minor units; `low_minor` is the threshold that it is below, None where it is not."""

    wallet: Wallet
    available_minor: int
    grants: list[GrantShown]
    ended: list[CreditGrant]
    latest: list[GrantMovement]
    low_minor: int | None
    ordered: TopUpIntent | None
    """A purchase that is not paid yet; `pay_href` is where its invoice is paid."""
    pay_href: str


@dataclass(frozen=True, slots=True)
class MovementPage:
    rows: list[GrantMovement]
    next_cursor: str


def wallets_shown(customer: Customer, at: datetime) -> list[WalletShown]:
    """The wallets of a customer, the open ones first, at `at` (the customer's time)."""
    wallets = list(Wallet.objects.filter(customer=customer).order_by("closed_at", "pk"))
    own = CreditGrant.objects.filter(wallet__in=wallets)
    with_rest = list(
        own.filter(remaining_minor__gt=0).order_by("priority", "expires_at", "effective_at", "pk")
    )
    names = _names(with_rest)
    return [
        _shown(wallet, [g for g in with_rest if g.wallet_id == wallet.pk], names, at) for wallet in wallets
    ]


def expected_minor(customer: Customer, currency: str, at: datetime) -> int | None:
    """What the wallets of a currency come to once what was used so far is billed; None if not known now."""
    try:
        return ongoing_wallet_balance(customer=customer, currency=currency, at=at)
    except (PricingError, DomainError):
        return None


def wallet_of(customer: Customer, reference: str) -> Wallet:
    """A customer's own wallet.

    Raises:
        WalletNotFound: it is not theirs (404).
    """
    found = Wallet.objects.filter(customer=customer, public_id=reference).first()
    if found is None:
        raise WalletNotFound(f"There is no wallet '{reference}'.")
    return found


def movement_page(wallet: Wallet, *, cursor: str) -> MovementPage:
    """One page of a wallet's movements, newest first.

    Raises:
        InvalidInput: the cursor is none of this list (422).
    """
    rows = grant_movements_of(wallet)
    if cursor:
        rows = rows.filter(pk__lt=decode_cursor(cursor, 1)[0])
    found = list(rows[: PAGE_SIZE + 1])
    last = found[PAGE_SIZE - 1] if len(found) > PAGE_SIZE else None
    return MovementPage(found[:PAGE_SIZE], encode_cursor([last.pk]) if last else "")


def low_wallets(customer: Customer) -> list[tuple[str, str]]:
    """For each open wallet below one of its alerts: what to tell, and where it is settled."""
    wallets = Wallet.objects.filter(~Q(alert_thresholds=[]), customer=customer, closed_at=None)
    return [
        (
            gettext("Your credit is down to %(amount)s.")
            % {"amount": format_money(wallet.balance_minor, wallet.currency, locale=_locale())},
            reverse("portal:credit"),
        )
        for wallet in wallets.order_by("pk")
        if threshold_below(wallet) is not None
    ]


def threshold_below(wallet: Wallet) -> int | None:
    """The lowest of a wallet's alerts that its balance is below."""
    below = [threshold for threshold in wallet.alert_thresholds if wallet.balance_minor < threshold]
    return min(below, default=None)


def _shown(
    wallet: Wallet, grants: Sequence[CreditGrant], names: dict[tuple[str, int], str], at: datetime
) -> WalletShown:
    ordered = open_top_ups(wallet).first()
    ended = wallet.grants.filter(remaining_minor=0).order_by("-pk")
    return WalletShown(
        wallet=wallet,
        available_minor=available_minor(wallet, at=at),
        grants=[
            GrantShown(grant, _scope(grant, names), grant.effective_at > at)
            for grant in grants
            if not grant.has_ended(at)
        ],
        ended=list(ended[:SHOWN_ENDED]),
        latest=list(grant_movements_of(wallet)[:5]),
        ordered=ordered,
        pay_href=_pay_href(ordered) if ordered is not None else "",
        low_minor=threshold_below(wallet) if wallet.closed_at is None else None,
    )


def _pay_href(ordered: TopUpIntent) -> str:
    invoice = Invoice.objects.filter(public_id=ordered.reference_id, status=InvoiceStatus.OPEN).first()
    return reverse("portal:pay", args=[pay_token(invoice)]) if invoice is not None else ""


def _names(grants: Sequence[CreditGrant]) -> dict[tuple[str, int], str]:
    plans = {pk for grant in grants for pk in grant.plan_ids}
    meters = {pk for grant in grants for pk in grant.meter_ids}
    found = {("plan", p.pk): p.name for p in Plan.objects.filter(pk__in=plans)} if plans else {}
    return found | ({("meter", m.pk): m.name for m in Meter.objects.filter(pk__in=meters)} if meters else {})


def _scope(grant: CreditGrant, names: dict[tuple[str, int], str]) -> list[str]:
    keys = [*(("plan", pk) for pk in grant.plan_ids), *(("meter", pk) for pk in grant.meter_ids)]
    return [names[key] for key in keys if key in names]


def _locale() -> str:
    return get_language() or FALLBACK_LOCALE
