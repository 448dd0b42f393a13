"""The lists of coupons and wallets."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Q

from apps.backoffice.coupon_words import off_text
from apps.backoffice.csv_export import Column, major
from apps.backoffice.listing import Choice, ListSpec, Tab
from apps.backoffice.lists.words import currency_choice, of_customer
from apps.backoffice.selectors import IS_LOW, at_cap
from apps.promos.enums import CouponDuration, CouponType
from apps.promos.selectors import terms_of
from apps.wallets.enums import TopUpRule


def coupon_list(at: datetime) -> ListSpec:
    """`at` (real time) decides what can be redeemed still."""
    over = Q(ends_at__lte=at)
    capped = at_cap(at)
    return ListSpec(
        name="coupons",
        template="backoffice/coupons.html",
        search=lambda words: Q(name__icontains=words) | Q(code__istartswith=words) | Q(public_id=words),
        placeholder="Name, code or id",
        tabs=(
            Tab("", "All"),
            Tab("open", "Redeemable", Q(archived_at=None) & ~over & ~capped),
            Tab("capped", "At their cap", capped),
            Tab("over", "Over", Q(archived_at=None) & over),
            Tab("archived", "Archived", Q(archived_at__isnull=False)),
        ),
        choices=(
            Choice("type", "Type", "type", CouponType.choices),
            Choice("duration", "Duration", "duration", CouponDuration.choices),
        ),
        columns=(
            Column("id", lambda c: c.public_id),
            Column("code"),
            Column("name"),
            Column("takes_off", lambda c: off_text(terms_of(c))),
            Column("redeemed", lambda c: c.redeemed_count),
            Column("cap", lambda c: c.max_redemptions),
            Column("starts_at"),
            Column("ends_at"),
            Column("archived_at"),
        ),
    )


def wallet_list(currencies: list[str]) -> ListSpec:
    """Of `selectors.wallets_listed`."""
    return ListSpec(
        name="wallets",
        template="backoffice/wallets.html",
        search=lambda words: of_customer(words) | Q(name__icontains=words) | Q(public_id=words),
        placeholder="Customer, name or id",
        tabs=(
            Tab("", "All"),
            Tab("low", "Below their alert", IS_LOW),
            Tab("paused", "Top-up failed", Q(top_up_paused_at__isnull=False, closed_at=None)),
            Tab("closed", "Closed", Q(closed_at__isnull=False)),
        ),
        choices=(
            Choice("rule", "Top-up", "top_up_rule", TopUpRule.choices),
            currency_choice(currencies),
        ),
        columns=(
            Column("id", lambda w: w.public_id),
            Column("customer", lambda w: w.customer.public_id),
            Column("customer_name", lambda w: w.customer.name),
            Column("name"),
            Column("currency"),
            Column("balance", lambda w: major(w.balance_minor, w.currency)),
            Column("alert_below", lambda w: major(w.alert_minor, w.currency) if w.alert_minor else None),
            Column("top_up_rule"),
            Column("created_at"),
            Column("closed_at"),
        ),
    )
