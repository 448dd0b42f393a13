"""Promotion codes in words for the customer: why one does not count, and what one brings for how long."""

from __future__ import annotations

from django.utils.translation import get_language, gettext, gettext_noop, ngettext

from apps.billing.effects import Effect
from apps.billing.services.subscriptions.preview_order import OrderPreview
from apps.core.errors import DomainError
from apps.core.formatting import FALLBACK_LOCALE, format_money
from apps.invoices.enums import DiscountSource
from apps.plans.enums import Interval
from apps.promos.enums import CouponDuration

# By the code of the error; each is a sentence of its own.
_REFUSALS = {
    "promotion_code_not_found": gettext_noop("There is no such code. Please check how it is written."),
    "coupon_not_open": gettext_noop("This code is not valid now."),
    "coupon_exhausted": gettext_noop("This code has been used up."),
    "coupon_redeemed_before": gettext_noop("You have used this code before."),
    "coupon_for_first_purchase": gettext_noop("This code is for a first purchase."),
    "coupon_for_other_currency": gettext_noop("This code is not good in this currency."),
    "coupon_for_other_plan": gettext_noop("This code is not for this plan."),
    "coupon_stands_alone": gettext_noop("This code cannot be combined with another one that you have."),
}


def refusal_text(error: DomainError) -> str:
    """Why a code does not count, in the reader's language."""
    return gettext(_REFUSALS[error.code]) if error.code in _REFUSALS else error.message


def below_minimum(preview: OrderPreview, later: Effect | None) -> str:
    """Why a code that may be redeemed takes nothing off; empty where it does, or may with later usage."""
    currency = preview.now.currency
    minimum = preview.terms.minimums.get(currency, 0) if preview.terms is not None else 0
    if not minimum or _taken(preview.now) or (later is not None and _taken(later)):
        return ""
    amount = format_money(minimum, currency, locale=_locale())
    return gettext("This code counts from %(amount)s on.") % {"amount": amount}


def discount_text(
    preview: OrderPreview, *, first: Effect | None, regular: Effect | None, cadence: tuple[str, int]
) -> str:
    """What is paid with a code, for how long, and then: totals with tax; empty where that cannot be told.

    `first` is the first paid invoice with the code, `regular` a later one without it; `cadence` says how
    often there is one.
    """
    terms = preview.terms
    if terms is None or first is None or regular is None or not _taken(first):
        return ""
    interval, count = cadence
    words = {
        "amount": format_money(first.total_minor, first.currency, locale=_locale()),
        "regular": format_money(regular.total_minor, regular.currency, locale=_locale()),
    }
    left = terms.amounts.get(first.currency, 0) - _taken(first) if terms.spills else 0
    if left > 0:
        words["left"] = format_money(left, first.currency, locale=_locale())
        text = gettext("%(amount)s at first; %(left)s of the code is left for your next invoices.")
    elif terms.duration is CouponDuration.FOREVER:
        text = gettext("%(amount)s instead of %(regular)s, as long as you keep the plan.")
    else:
        words["time"] = time_text(interval, count * (terms.uses or 1))
        text = gettext("%(amount)s for %(time)s, then %(regular)s.")
    return text % words


def time_text(interval: str, count: int) -> str:
    """How long something lasts, such as "1 month" or "3 months"."""
    match Interval(interval):
        case Interval.DAY:
            text = ngettext("%(count)s day", "%(count)s days", count)
        case Interval.WEEK:
            text = ngettext("%(count)s week", "%(count)s weeks", count)
        case Interval.MONTH:
            text = ngettext("%(count)s month", "%(count)s months", count)
        case Interval.QUARTER:
            text = ngettext("%(count)s quarter", "%(count)s quarters", count)
        case Interval.HALF_YEAR:
            text = ngettext("%(count)s half-year", "%(count)s half-years", count)
        case Interval.YEAR:
            text = ngettext("%(count)s year", "%(count)s years", count)
    return text % {"count": count}


def _taken(effect: Effect) -> int:
    """What coupons take off, in minor units."""
    given = [discount for bill in effect.bills for discount in bill.discounts]
    return sum(each.amount_minor for each in given if each.source == DiscountSource.COUPON)


def _locale() -> str:
    return get_language() or FALLBACK_LOCALE
