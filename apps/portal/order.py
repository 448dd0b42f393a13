"""A purchase before the click: what it costs now and later, what it needs, and the words to agree to."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from datetime import datetime

from django.utils.translation import get_language, gettext

from apps.accounts.models import Brand
from apps.billing.effects import Effect
from apps.billing.services.subscriptions.preview_order import OrderPreview, preview_order
from apps.billing.services.subscriptions.subscribe import Purchase, terms_of_purchase
from apps.core.formatting import FALLBACK_LOCALE, format_day, format_money
from apps.customers.models import Customer
from apps.payments.models import PaymentMethod
from apps.payments.selectors import default_method
from apps.plans.enums import QuantitySource, TrialEnd
from apps.portal.code_words import below_minimum, discount_text, refusal_text
from apps.portal.offers import Offer
from apps.promos.errors import CouponRefused, PromotionCodeNotFound
from apps.taxes.engines.registry import engine_named


@dataclass(frozen=True, slots=True)
class Order:
    """All that the checkout shows. `later` is the first invoice after a trial, else the next one."""

    offer: Offer
    purchase: Purchase
    preview: OrderPreview
    later: Effect | None
    stored: PaymentMethod | None
    needs_card: bool
    """The plan cannot begin without a card on file."""
    tax_problem: str
    """Why the tax is not known; empty where it is."""
    asks_for_address: bool
    """It is not known because of where the customer is: that is asked first."""
    code: str
    """What was typed; `code_refusal` says why it does not count, `code_text` what it brings."""
    code_refusal: str
    code_text: str
    consent: str
    """What is to be agreed to; empty when no card will be charged."""

    @property
    def quantity(self) -> int:
        return self.purchase.quantity

    @property
    def has_seats(self) -> bool:
        return self.offer.has_seats

    @property
    def asks_for_card(self) -> bool:
        return self.needs_card and self.stored is None

    @property
    def digest(self) -> str:
        """Of the agreed words and the code: they must be the same when the form comes back."""
        return hashlib.sha256(f"{self.consent}\n{self.purchase.promotion_code}".encode()).hexdigest()

    @property
    def falls_back_to(self) -> str:
        """The plan after a trial that nobody pays for; empty when there is none."""
        version = self.offer.version
        falls = self.preview.trial_ends_at and not self.needs_card and version.trial_end == TrialEnd.DOWNGRADE
        return version.trial_end_plan.name if falls and version.trial_end_plan else ""


@dataclass(frozen=True, slots=True)
class _Shown:
    """A purchase as it would be billed: without its code where that does not count."""

    purchase: Purchase
    preview: OrderPreview
    later: Effect | None
    refusal: str = ""


def order_for(*, customer: Customer, purchase: Purchase, at: datetime) -> Order:
    """What a customer would buy at `at` (their time); changes nothing. A code that is refused does not count.

    Raises:
        PlanNotFound, PriceUnavailable, InvalidInput: as `subscribe`.
    """
    terms = terms_of_purchase(customer=customer, purchase=purchase)
    shown = _shown(customer, purchase, at)
    stored = default_method(customer.pk)
    trial = shown.preview.trial_ends_at is not None
    needs_card = not terms.version.plan.is_free and (not trial or terms.version.trial_requires_card)
    charged = needs_card or (trial and (stored is not None or terms.version.trial_end == TrialEnd.CONVERT))
    problem = shown.preview.tax_problem or (shown.later.tax_problem if shown.later else "")
    offer = Offer(terms.version, terms.currency, list(terms.prices))
    order = Order(
        offer=offer,
        purchase=shown.purchase,
        preview=shown.preview,
        later=shown.later,
        stored=stored,
        needs_card=needs_card,
        tax_problem=problem,
        asks_for_address=bool(problem) and _tax_needs_address(customer),
        code=purchase.promotion_code,
        code_refusal=shown.refusal,
        code_text=_code_text(customer, shown, offer, at),
        consent="",
    )
    return replace(order, consent=_consent(order, customer)) if charged else order


def _shown(customer: Customer, purchase: Purchase, at: datetime) -> _Shown:
    plain = replace(purchase, promotion_code="")
    try:
        preview = preview_order(customer=customer, purchase=purchase, at=at)
    except (CouponRefused, PromotionCodeNotFound) as error:
        return replace(_shown(customer, plain, at), refusal=refusal_text(error))
    later = _later(customer, purchase, preview)
    if refusal := below_minimum(preview, later):
        return replace(_shown(customer, plain, at), refusal=refusal)
    return _Shown(purchase, preview, later)


def _later(customer: Customer, purchase: Purchase, preview: OrderPreview) -> Effect | None:
    """After a trial: the first paid bill, whether or not there is a card by now; it may come with one."""
    if preview.trial_ends_at is None:
        return preview.next
    paid = replace(purchase, trial_days=0)
    return preview_order(customer=customer, purchase=paid, at=preview.trial_ends_at).now


def _code_text(customer: Customer, shown: _Shown, offer: Offer, at: datetime) -> str:
    if not shown.purchase.promotion_code:
        return ""
    starts_at = shown.preview.trial_ends_at or at
    plain = replace(shown.purchase, promotion_code="", trial_days=0)
    regular = preview_order(customer=customer, purchase=plain, at=starts_at)
    first = shown.later if shown.preview.trial_ends_at is not None else shown.preview.now
    return discount_text(shown.preview, first=first, regular=regular.next, cadence=offer.cadence)


def _tax_needs_address(customer: Customer) -> bool:
    # A service over the network is asked once the order stands; where the customer is it cannot know.
    return not engine_named(customer.brand.tax_engine).is_remote or not customer.country


def _consent(order: Order, customer: Customer) -> str:
    """What card networks ask for: who charges, how much, when, how often, and how to end it."""
    sentences = [_first_charges(order, customer)]
    sentences.append(
        gettext("After that the price of the plan is charged every %(per)s until I cancel.")
        % {"per": order.offer.per}
    )
    if order.code_text:
        sentences.append(
            gettext("With the code %(code)s: %(text)s")
            % {"code": order.purchase.promotion_code.upper(), "text": order.code_text}
        )
    if any(price.quantity_source == QuantitySource.METER for price in order.offer.prices):
        sentences.append(gettext("What I use is charged at the end of each period, at the prices shown."))
    sentences.append(gettext("I can cancel here at any time, to the end of the period that is paid."))
    return " ".join(sentences)


def _first_charges(order: Order, customer: Customer) -> str:
    brand: Brand = customer.brand
    words = {"seller": brand.legal_name, "plan": order.offer.name, "now": _money(order.preview.now)}
    if order.later is not None:
        words |= {"later": _money(order.later), "day": _day(order.later.at, customer)}
    if order.preview.trial_ends_at is not None:
        return (
            gettext(
                "I agree that %(seller)s charges my payment method %(later)s for %(plan)s when the trial "
                "ends on %(day)s, unless I cancel before."
            )
            % words
        )
    if order.later is None:
        return (
            gettext("I agree that %(seller)s charges my payment method %(now)s today for %(plan)s.") % words
        )
    return (
        gettext(
            "I agree that %(seller)s charges my payment method %(now)s today for %(plan)s, and %(later)s on "
            "%(day)s."
        )
        % words
    )


def _money(effect: Effect) -> str:
    return format_money(effect.due_minor, effect.currency, locale=get_language() or FALLBACK_LOCALE)


def _day(at: datetime, customer: Customer) -> str:
    return format_day(at, locale=get_language() or FALLBACK_LOCALE, zone=customer.time_zone, width="long")
