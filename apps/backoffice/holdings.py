"""What a customer holds, for its page: coupons, wallets with their credit, and how it is taxed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q

from apps.backoffice.coupon_words import left_text, off_text
from apps.customers.models import Customer
from apps.promos.models import Redemption
from apps.promos.selectors import redemptions_of
from apps.promos.terms import CouponTerms
from apps.taxes.engines.registry import engine_named
from apps.taxes.enums import Category, CheckStatus, EvidenceKind
from apps.taxes.errors import TaxUnanswered
from apps.taxes.location import Standing, location_of
from apps.taxes.models import TaxIdCheck
from apps.taxes.notes import NOTES
from apps.taxes.selectors import latest_check
from apps.taxes.services.decide import treatments_for
from apps.taxes.treatment import Treatment
from apps.wallets.models import CreditGrant, Wallet

SHOWN = 10
STANDARD = "standard"
CHECK_TONES: dict[str, str] = {
    CheckStatus.VALID: "positive",
    CheckStatus.INVALID: "negative",
    CheckStatus.UNAVAILABLE: "warning",
}


@dataclass(frozen=True, slots=True)
class HeldCoupon:
    redemption: Redemption
    off: str
    left: str


@dataclass(frozen=True, slots=True)
class HeldWallet:
    """`grants` are those with something left, in no order of burning."""

    wallet: Wallet
    grants: list[CreditGrant]


@dataclass(frozen=True, slots=True)
class Taxed:
    """How a sale of a standard product would be taxed now; with a `problem` it would wait."""

    rates: tuple[str, ...]
    why: str
    problem: str
    check: TaxIdCheck | None
    place: Standing

    @property
    def check_tone(self) -> str:
        return CHECK_TONES.get(self.check.status, "") if self.check else ""

    @property
    def seen_elsewhere(self) -> list[str]:
        """What contradicts the billing address."""
        return [f"{EvidenceKind(kind).label}: {country}" for kind, country in self.place.contradicting]

    @property
    def evidence(self) -> str:
        if not self.place.country:
            return "The address names no country."
        agreeing = len(self.place.agreeing)
        return f"{agreeing} pieces of evidence agree." if agreeing > 1 else "Only the address says so."


def holdings_of(customer: Customer, at: datetime) -> dict[str, Any]:
    """For the template of a customer's page."""
    return {
        "coupons": coupons_held(customer),
        "wallets": wallets_held(customer),
        "taxed": how_taxed(customer, at),
    }


def coupons_held(customer: Customer) -> list[HeldCoupon]:
    """The newest redemptions, those that have ended too."""
    rows = redemptions_of(customer.pk)[:SHOWN]
    return [HeldCoupon(row, off_text(CouponTerms.from_json(row.terms)), left_text(row)) for row in rows]


def wallets_held(customer: Customer) -> list[HeldWallet]:
    """Open wallets, and closed ones as long as anything is left in them."""
    wallets = list(
        Wallet.objects.filter(Q(closed_at=None) | Q(balance_minor__gt=0), customer=customer).order_by("pk")
    )
    left = CreditGrant.objects.filter(wallet__in=wallets, remaining_minor__gt=0).order_by("pk")
    grants = list(left) if wallets else []
    return [HeldWallet(wallet, [g for g in grants if g.wallet_id == wallet.pk]) for wallet in wallets]


def how_taxed(customer: Customer, at: datetime) -> Taxed:
    """What the brand would charge now of what has the standard tax code."""
    told: tuple[tuple[str, ...], str] = ((), "")
    problem = ""
    if engine_named(customer.brand.tax_engine).is_remote:
        told = ((), f"{customer.brand.get_tax_engine_display()} decides, draft by draft.")
    else:
        try:
            (found,) = treatments_for(brand=customer.brand, customer=customer, tax_codes=[STANDARD], at=at)
            told = _told(found)
        except TaxUnanswered as unanswered:
            problem = unanswered.message
    return Taxed(*told, problem, latest_check(customer), location_of(customer))


def _told(treatment: Treatment) -> tuple[tuple[str, ...], str]:
    rates = tuple(
        f"{rate.name} {rate.percent.normalize():f} % ({rate.jurisdiction})" for rate in treatment.rates
    )
    why = NOTES.get(treatment.note, "") or Category(treatment.category).label
    return rates, why
