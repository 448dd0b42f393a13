"""A purchase before the click: what it costs now and later, what it needs, and the words to agree to."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from datetime import datetime

from django.utils.translation import get_language, gettext

from apps.accounts.models import Brand
from apps.billing.services.run.preview import PurchasePreview, UpcomingBill, preview_purchase
from apps.billing.services.subscriptions.subscribe import Purchase, terms_of_purchase
from apps.core.formatting import FALLBACK_LOCALE, format_day, format_money
from apps.customers.models import Customer
from apps.payments.models import PaymentMethod
from apps.payments.selectors import default_method
from apps.plans.enums import QuantitySource, TrialEnd
from apps.portal.offers import Offer


@dataclass(frozen=True, slots=True)
class Order:
    """All that the checkout shows. `later` is the first bill after a trial, else the next one."""

    offer: Offer
    quantity: int
    preview: PurchasePreview
    later: UpcomingBill | None
    stored: PaymentMethod | None
    needs_card: bool
    """The plan cannot begin without a card on file."""
    consent: str
    """What is to be agreed to; empty when no card will be charged."""

    @property
    def has_seats(self) -> bool:
        return self.offer.has_seats

    @property
    def asks_for_card(self) -> bool:
        return self.needs_card and self.stored is None

    @property
    def digest(self) -> str:
        """Of the agreed words: they must be the same when the form comes back."""
        return hashlib.sha256(self.consent.encode()).hexdigest()

    @property
    def falls_back_to(self) -> str:
        """The plan after a trial that nobody pays for; empty when there is none."""
        version = self.offer.version
        falls = self.preview.trial_ends_at and not self.needs_card and version.trial_end == TrialEnd.DOWNGRADE
        return version.trial_end_plan.name if falls and version.trial_end_plan else ""


def order_for(*, customer: Customer, purchase: Purchase, at: datetime) -> Order:
    """What a customer would buy at `at` (their time); changes nothing.

    Raises:
        PlanNotFound, PriceUnavailable, InvalidInput: as `subscribe`.
    """
    terms = terms_of_purchase(customer=customer, purchase=purchase)
    preview = preview_purchase(customer=customer, purchase=purchase, at=at)
    stored = default_method(customer.pk)
    needs_card = not terms.version.plan.is_free and (
        preview.trial_ends_at is None or terms.version.trial_requires_card
    )
    later = _later(customer, purchase, preview)
    charged = needs_card or (
        preview.trial_ends_at is not None
        and (stored is not None or terms.version.trial_end == TrialEnd.CONVERT)
    )
    order = Order(
        offer=Offer(terms.version, terms.currency, list(terms.prices)),
        quantity=purchase.quantity,
        preview=preview,
        later=later,
        stored=stored,
        needs_card=needs_card,
        consent="",
    )
    return replace(order, consent=_consent(order, customer)) if charged else order


def _later(customer: Customer, purchase: Purchase, preview: PurchasePreview) -> UpcomingBill | None:
    """After a trial: the first paid bill, whether or not there is a card by now; it may come with one."""
    if preview.trial_ends_at is None:
        return preview.next
    paid = replace(purchase, trial_days=0)
    return preview_purchase(customer=customer, purchase=paid, at=preview.trial_ends_at).now


def _consent(order: Order, customer: Customer) -> str:
    """What card networks ask for: who charges, how much, when, how often, and how to end it."""
    sentences = [_first_charges(order, customer)]
    sentences.append(
        gettext("After that the price of the plan is charged every %(per)s until I cancel.")
        % {"per": order.offer.per}
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


def _money(bill: UpcomingBill) -> str:
    return format_money(bill.total.minor, bill.currency, locale=get_language() or FALLBACK_LOCALE)


def _day(at: datetime, customer: Customer) -> str:
    return format_day(at, locale=get_language() or FALLBACK_LOCALE, zone=customer.time_zone, width="long")
