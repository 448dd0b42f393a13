"""The first screen: what a customer has, uses, and pays next, and what needs their attention."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from django.urls import reverse
from django.utils.translation import get_language, gettext, ngettext

from apps.billing.effects import Effect
from apps.billing.selectors import pay_token
from apps.billing.services.run.preview_next_invoice import preview_next_invoice
from apps.core.errors import DomainError
from apps.core.formatting import FALLBACK_LOCALE, format_day, format_money
from apps.customers.models import Customer
from apps.entitlements.enums import AccessLevel
from apps.entitlements.selectors import access_of
from apps.invoices.enums import InvoiceStatus
from apps.invoices.models import Invoice
from apps.invoices.selectors import invoices_of
from apps.payments.models import PaymentMethod
from apps.payments.selectors import default_method
from apps.portal.credit import low_wallets
from apps.portal.price_texts import included_units
from apps.pricing.errors import PricingError
from apps.rating.services.running_usage import MeterUsage, UnratedUsage, usage_to_show
from apps.subscriptions.enums import ChangeKind, SubscriptionStatus
from apps.subscriptions.models import ScheduledChange, Subscription
from apps.subscriptions.selectors import live_subscriptions_of

CARD_WARNING = timedelta(days=45)


@dataclass(frozen=True, slots=True)
class Alert:
    """One thing that needs attention, for `components/_alert.html`."""

    text: str
    tone: str
    href: str = ""
    action: str = ""


@dataclass(frozen=True, slots=True)
class UsageShown:
    """One meter in the running period; `included` is what costs nothing, None where nothing is."""

    usage: MeterUsage | UnratedUsage
    included: Decimal | None

    @property
    def is_rated(self) -> bool:
        """Whether its price can be computed at the moment."""
        return isinstance(self.usage, MeterUsage)


@dataclass(frozen=True, slots=True)
class Running:
    """A live subscription with what comes next."""

    subscription: Subscription
    next_bill: Effect | None
    usage: list[UsageShown]
    changes: list[ScheduledChange]
    next_is_unknown: bool = False

    @property
    def is_ending(self) -> bool:
        """Whether a cancellation is scheduled."""
        return any(change.kind == ChangeKind.CANCEL for change in self.changes)

    @property
    def change(self) -> ScheduledChange | None:
        """What comes first of what is scheduled."""
        return self.changes[0] if self.changes else None


@dataclass(frozen=True, slots=True)
class Overview:
    running: list[Running]
    alerts: list[Alert]
    invoices: list[Invoice]
    method: PaymentMethod | None


def overview_of(*, customer: Customer, at: datetime, may_bill: bool) -> Overview:
    """Everything of the first screen at `at` (the customer's time); `may_bill` adds links to pay."""
    running = [running_of(s, at) for s in live_subscriptions_of(customer.pk)]
    method = default_method(customer.pk)
    alerts = [
        *unpaid_alerts(customer, at, may_bill),
        *_restricted(customer),
        *_trials(running, customer, method, at),
        *_expiring(method, customer, at),
        *(Alert(text, "warning", href, gettext("See the credit")) for text, href in low_wallets(customer)),
    ]
    return Overview(running, alerts, list(invoices_of(customer.pk)[:3]), method)


def running_of(subscription: Subscription, at: datetime) -> Running:
    changes: list[ScheduledChange] = subscription.pending_changes  # type: ignore[attr-defined]
    try:
        bill, unknown = preview_next_invoice(subscription=subscription), False
    except (PricingError, DomainError):
        # One price that cannot be computed now takes no page away.
        bill, unknown = None, True
    return Running(subscription, bill, usage_shown(subscription, at), changes, unknown)


def usage_shown(subscription: Subscription, at: datetime) -> list[UsageShown]:
    return [
        UsageShown(usage, included_units(usage.price))
        for usage in usage_to_show(subscription=subscription, at=at)
    ]


def unpaid_alerts(customer: Customer, at: datetime, may_bill: bool) -> list[Alert]:
    """Open invoices past their date; the oldest of them has the link, to be paid first."""
    late = list(
        invoices_of(customer.pk).filter(status=InvoiceStatus.OPEN, due_at__lt=at).order_by("due_at", "pk")
    )
    if not late:
        return []
    first = late[0]
    words = {
        "number": first.number,
        "amount": format_money(first.due_minor, first.currency, locale=_locale()),
    }
    text = gettext("Invoice %(number)s over %(amount)s is not paid yet.") % words
    if len(late) > 1:
        text += " " + ngettext("One more is open.", "%(count)s more are open.", len(late) - 1) % {
            "count": len(late) - 1
        }
    href = reverse("portal:pay", args=[pay_token(first)]) if may_bill else ""
    return [Alert(text, "negative", href, gettext("Pay now") if href else "")]


def _restricted(customer: Customer) -> list[Alert]:
    level = access_of(customer.pk)
    if level == AccessLevel.FULL:
        return []
    return [Alert(gettext("Your access is restricted: %(level)s.") % {"level": level.label}, "warning")]


def _trials(
    running: list[Running], customer: Customer, method: PaymentMethod | None, at: datetime
) -> list[Alert]:
    return [
        _trial(item.subscription, customer, method, at)
        for item in running
        if item.subscription.status == SubscriptionStatus.TRIALING
    ]


def _trial(
    subscription: Subscription, customer: Customer, method: PaymentMethod | None, at: datetime
) -> Alert:
    ends_at = subscription.trial_ends_at or at
    days = max(0, (_local(ends_at, customer) - _local(at, customer)).days)
    text = ngettext(
        "Your trial ends in %(days)s day, on %(day)s.", "Your trial ends in %(days)s days, on %(day)s.", days
    ) % {"days": days, "day": format_day(ends_at, locale=_locale(), zone=customer.time_zone)}
    if method is not None:
        return Alert(text, "info")
    return Alert(
        text + " " + gettext("Add a card to keep your plan."),
        "info",
        reverse("portal:add_card"),
        gettext("Add a card"),
    )


def _expiring(method: PaymentMethod | None, customer: Customer, at: datetime) -> list[Alert]:
    if method is None or method.exp_year is None or method.exp_month is None:
        return []
    # A card is good to the last day of its month.
    year, month = divmod(method.exp_year * 12 + method.exp_month, 12)
    ends_at = datetime(year, month + 1, 1, tzinfo=ZoneInfo(customer.time_zone))
    if at < ends_at - CARD_WARNING:
        return []
    words = {"last4": method.last4}
    text = (
        gettext("Your card •••• %(last4)s has expired.") % words
        if ends_at <= at
        else gettext("Your card •••• %(last4)s expires soon.") % words
    )
    return [Alert(text, "warning", reverse("portal:add_card"), gettext("Add a new card"))]


def _local(at: datetime, customer: Customer) -> datetime:
    local = at.astimezone(ZoneInfo(customer.time_zone))
    return local.replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=None)


def _locale() -> str:
    return get_language() or FALLBACK_LOCALE
