from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet, Sum

from apps.core.due_work import Scope
from apps.pricing.periods.wall_clock import local_day, start_of_day
from apps.wallets.enums import TopUpReason, TopUpRule, TopUpStatus
from apps.wallets.models import TopUpIntent, Wallet
from apps.wallets.services.move_grant import lock_wallet
from apps.wallets.services.request_top_up import ask_top_up, open_top_ups
from apps.wallets.top_up_times import next_time


def follow_threshold(*, wallet: Wallet, at: datetime) -> TopUpIntent | None:
    """Ask for the rule's amount where a locked wallet stands below the rule's threshold, and may ask."""
    is_low = wallet.balance_minor < (wallet.top_up_threshold_minor or 0)
    if wallet.top_up_rule == TopUpRule.THRESHOLD and is_low:
        return _ask_by_rule(wallet, TopUpReason.THRESHOLD, at)
    return None


def topping_up_in(scope: Scope) -> QuerySet[Wallet]:
    """Wallets of a scope with a regular top-up to come, the earliest first."""
    return Wallet.objects.filter(
        next_top_up_at__isnull=False, customer__test_clock_id=scope.test_clock_id
    ).order_by("next_top_up_at", "pk")


def follow_intervals(*, scope: Scope, at: datetime, limit: int = 200) -> int:
    """Ask for the regular top-ups that are due at or before `at`; how many wallets had one.

    Each is a transaction of its own, at the instant it was due. One that cannot be asked for (another is
    open, the cap is reached, the rule rests) is left out, and the next one comes at its time.
    """
    due = topping_up_in(scope).filter(next_top_up_at__lte=at).values_list("pk", flat=True)[:limit]
    return sum(_follow_interval(wallet_id, at) for wallet_id in list(due))


@transaction.atomic
def _follow_interval(wallet_id: int, at: datetime) -> int:
    wallet = lock_wallet(wallet_id)
    due_at = wallet.next_top_up_at
    if due_at is None or due_at > at:
        return 0
    _ask_by_rule(wallet, TopUpReason.INTERVAL, due_at)
    wallet.next_top_up_at = next_time(wallet, after=due_at)
    wallet.save(update_fields=["next_top_up_at"])
    return 1


def _ask_by_rule(wallet: Wallet, reason: TopUpReason, at: datetime) -> TopUpIntent | None:
    amount, cap = wallet.top_up_amount_minor or 0, wallet.top_up_monthly_cap_minor
    if wallet.closed_at is not None or wallet.top_up_paused_at is not None or open_top_ups(wallet).exists():
        return None
    if cap is not None and _asked_this_month(wallet, at) + amount > cap:
        return None
    return ask_top_up(wallet=wallet, reason=reason, amount_minor=amount, at=at)


def _asked_this_month(wallet: Wallet, at: datetime) -> int:
    """What the rule has asked for in the calendar month of `at`, in the customer's zone; failures aside."""
    zone = wallet.customer.time_zone
    begin = start_of_day(local_day(at, zone).replace(day=1), zone)
    asked = TopUpIntent.objects.filter(wallet=wallet, created_at__gte=begin).exclude(
        status=TopUpStatus.FAILED
    )
    by_rule = asked.exclude(reason=TopUpReason.REQUEST)
    return by_rule.aggregate(total=Sum("amount_minor"))["total"] or 0
