"""What a request would do, in sentences for the customer; from a preview, so as it then happens."""

from __future__ import annotations

from django.utils.translation import get_language, gettext

from apps.billing.effects import Effect
from apps.billing.services.subscriptions.preview_request import Preview
from apps.core.formatting import FALLBACK_LOCALE, format_day, format_money
from apps.payments.models import PaymentMethod
from apps.subscriptions.enums import CollectionMethod


def sentences_of(preview: Preview, *, method: PaymentMethod | None, zone: str) -> list[str]:
    """First what is paid and given back now, then what comes next; days are those of `zone`."""
    return [*_now(preview, method), *_given_back(preview.now), *_next(preview, zone)]


def _now(preview: Preview, method: PaymentMethod | None) -> list[str]:
    effect = preview.now
    sentences = [_due(preview, method)] if effect.due_minor else [gettext("Nothing is charged now.")]
    if effect.balance_applied_minor:
        text = gettext("%(amount)s is paid from your balance.")
        sentences.append(text % {"amount": _money(effect.balance_applied_minor, effect)})
    if effect.prepaid_applied_minor:
        text = gettext("%(amount)s is paid from your prepaid credit.")
        sentences.append(text % {"amount": _money(effect.prepaid_applied_minor, effect)})
    discounts = [discount for bill in effect.bills for discount in bill.discounts]
    if discounts:
        off = _money(sum(discount.amount_minor for discount in discounts), effect)
        names = ", ".join(dict.fromkeys(discount.name for discount in discounts))
        sentences.append(gettext("%(amount)s is taken off: %(names)s.") % {"amount": off, "names": names})
    if effect.tax_problem:
        sentences.append(gettext("The tax is not known yet, so the invoice comes later."))
    return sentences


def _due(preview: Preview, method: PaymentMethod | None) -> str:
    words = {"amount": _money(preview.now.due_minor, preview.now)}
    if preview.subscription.collection_method == CollectionMethod.SEND_INVOICE:
        return gettext("You get an invoice over %(amount)s now.") % words
    if method is None:
        return gettext("%(amount)s is due now.") % words
    card = {**words, "brand": method.card_brand.title(), "last4": method.last4}
    return gettext("%(amount)s is charged now to your %(brand)s •••• %(last4)s.") % card


def _given_back(effect: Effect) -> list[str]:
    sentences = []
    unused = -sum(line.amount_minor for line in effect.lines if line.amount_minor < 0)
    if unused:
        text = gettext("%(amount)s for the unused part is taken off.")
        sentences.append(text % {"amount": _money(unused, effect)})
    if effect.offset_minor:
        text = gettext("%(amount)s is taken off an invoice that is not paid yet.")
        sentences.append(text % {"amount": _money(effect.offset_minor, effect)})
    if effect.balance_credited_minor:
        text = gettext("%(amount)s goes to your balance, which pays your next invoices.")
        sentences.append(text % {"amount": _money(effect.balance_credited_minor, effect)})
    if effect.refund_minor:
        text = gettext("%(amount)s is to be refunded to you.")
        sentences.append(text % {"amount": _money(effect.refund_minor, effect)})
    return sentences


def _next(preview: Preview, zone: str) -> list[str]:
    if preview.next_is_unknown:
        return [gettext("What the next invoice comes to is not available at the moment.")]
    following = preview.next
    if following is None:
        return [gettext("No invoice comes after that.")]
    if not following:
        return [gettext("Nothing more is charged.")]
    words = {
        "day": format_day(following.at, locale=_locale(), zone=zone),
        "amount": _money(following.due_minor, following),
        "balance": _money(following.balance_applied_minor, following),
    }
    if following.balance_applied_minor:
        text = gettext("On %(day)s %(amount)s is due, after %(balance)s from your balance.")
    else:
        text = gettext("On %(day)s %(amount)s is due.")
    return [text % words, *_given_back(following)]


def _money(amount_minor: int, effect: Effect) -> str:
    return format_money(amount_minor, effect.currency, locale=_locale())


def _locale() -> str:
    return get_language() or FALLBACK_LOCALE
