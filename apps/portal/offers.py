"""The plans of the pricing page as a reader sees them, in one currency and one rhythm."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import get_language, gettext

from apps.core.formatting import FALLBACK_LOCALE, format_money, format_unit_price
from apps.plans.enums import ChargeModel, QuantitySource
from apps.plans.models import MinimumCommitment, PlanVersion, Price
from apps.portal.price_texts import cadence_text, price_text
from apps.subscriptions.models import Subscription, SubscriptionItem
from apps.subscriptions.schedule import main_cadence
from apps.subscriptions.selectors import items_of


@dataclass(frozen=True, slots=True)
class Offer:
    """A published plan in one currency. `prices` is not empty, and its first one sets the rhythm."""

    version: PlanVersion
    currency: str
    prices: list[Price]

    @property
    def code(self) -> str:
        return self.version.plan.code

    @property
    def name(self) -> str:
        return self.version.plan.name

    @property
    def is_free(self) -> bool:
        return self.version.plan.is_free

    @property
    def has_seats(self) -> bool:
        return any(price.quantity_source == QuantitySource.SEATS for price in self.prices)

    @property
    def cadence(self) -> tuple[str, int]:
        return self.prices[0].interval, self.prices[0].interval_count

    @property
    def per(self) -> str:
        return cadence_text(*self.cadence)

    @property
    def headline(self) -> str:
        """The fees that everybody pays each period; a plan without them shows its first price in words."""
        fees = [price for price in self.prices if _is_base_fee(price, self.cadence)]
        if not fees:
            return price_text(self.prices[0])
        total = sum((Decimal(str(price.parameters["amount"])) for price in fees), Decimal(0))
        return format_unit_price(total, self.currency, locale=get_language() or FALLBACK_LOCALE)

    @property
    def extras(self) -> list[tuple[str, str]]:
        """What is paid beside the headline: the price's name, and its terms in words; minimum last."""
        beside = [
            (price.name, price_text(price))
            for position, price in enumerate(self.prices)
            if not _is_base_fee(price, self.cadence) and (position or self.has_base_fee)
        ]
        return beside + [
            (commitment.name, self._minimum_text(commitment))
            for commitment in self.version.commitments.all()
            if commitment.currency == self.currency
        ]

    def _minimum_text(self, commitment: MinimumCommitment) -> str:
        amount = format_money(
            commitment.amount_minor, self.currency, locale=get_language() or FALLBACK_LOCALE
        )
        per = cadence_text(*main_cadence(self.prices))
        return gettext("at least %(amount)s per %(per)s, fees and usage together") % {
            "amount": amount,
            "per": per,
        }

    @property
    def has_base_fee(self) -> bool:
        return any(_is_base_fee(price, self.cadence) for price in self.prices)


def offers_in(versions: Iterable[PlanVersion], currency: str) -> list[Offer]:
    """The versions that are sold in a currency, in their order; prices are loaded already."""
    offers = [Offer(version, currency, _prices(version, currency)) for version in versions]
    return [offer for offer in offers if offer.prices]


def offer_of(shown: Subscription) -> Offer:
    """What a subscription has bought, at the prices that it pins."""
    return Offer(shown.plan_version, shown.currency, [item.price for item in items_shown(shown)])


def items_shown(shown: Subscription) -> list[SubscriptionItem]:
    """The running items; of an ended or paused subscription those of its last phase."""
    running: list[SubscriptionItem] = shown.running_items  # type: ignore[attr-defined]
    if running:
        return running
    last = shown.phases.order_by("-starts_at", "-pk").first()
    return items_of(last) if last is not None else []


def currencies_of(versions: Iterable[PlanVersion]) -> list[str]:
    return sorted({price.currency for version in versions for price in version.prices.all()})


def rhythms_of(offers: Sequence[Offer]) -> list[tuple[str, str]]:
    """The rhythms to choose from, as (value, word), when paid plans have several; else nothing."""
    found = dict.fromkeys(offer.cadence for offer in offers if not offer.is_free)
    choices = [(f"{interval}-{count}", cadence_text(interval, count)) for interval, count in found]
    return choices if len(choices) > 1 else []


def in_rhythm(offers: Sequence[Offer], rhythm: str) -> list[Offer]:
    """The offers of one rhythm, and the free ones, which fit any."""
    return [o for o in offers if o.is_free or f"{o.cadence[0]}-{o.cadence[1]}" == rhythm]


def _prices(version: PlanVersion, currency: str) -> list[Price]:
    return [price for price in version.prices.all() if price.currency == currency]


def _is_base_fee(price: Price, cadence: tuple[str, int]) -> bool:
    fixed = price.quantity_source == QuantitySource.FIXED and price.model == ChargeModel.FLAT
    return fixed and (price.interval, price.interval_count) == cadence
