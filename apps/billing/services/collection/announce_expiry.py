from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import DateTimeField, DurationField, Exists, F, Func, OuterRef, Q, QuerySet, Value

from apps.audit.services.record import record_event
from apps.billing.models import CardExpiryNotice
from apps.core.due_work import Instants, Scope
from apps.payments.enums import PaymentMethodStatus
from apps.payments.models import PaymentMethod

# Before the end of the month that is printed on the card, at nine in the morning of the customer.
NOTICE_DAYS = (30, 7)
HOUR = 9


def expiry_instants(scope: Scope) -> Instants:
    """When the cards of a scope are to be announced, the earliest first; a query for each notice."""
    return [_waiting(scope, days).values_list("notice_at", flat=True) for days in NOTICE_DAYS]


@transaction.atomic
def announce_expiry(*, scope: Scope, at: datetime, limit: int = 100) -> int:
    """Announce up to `limit` cards that expire soon, each notice once a card; returns how many it looked at.

    Only what is charged without the customer is announced: the default card and the backup. A card that is
    found late is announced once, by the notice that is nearer to its end; one that has expired, not at all.
    """
    handled = 0
    for days in NOTICE_DAYS:
        due = _waiting(scope, days).filter(notice_at__lte=at).select_related("customer")
        for method in due.select_for_update(skip_locked=True, of=("self",))[:limit]:
            _announce(method, days, at)
            handled += 1
    return handled


def _waiting(scope: Scope, days: int) -> QuerySet[Any, Any]:
    told = CardExpiryNotice.objects.filter(
        payment_method=OuterRef("pk"),
        exp_year=OuterRef("exp_year"),
        exp_month=OuterRef("exp_month"),
        days_before=days,
    )
    return (
        PaymentMethod.objects.filter(
            ~Exists(told),
            Q(is_default=True) | Q(is_backup=True),
            status=PaymentMethodStatus.ACTIVE,
            exp_year__isnull=False,
            exp_month__isnull=False,
            customer__test_clock_id=scope.test_clock_id,
        )
        .annotate(notice_at=_notice_at(days))
        .order_by("exp_year", "exp_month", "notice_at", "pk")
    )


def _notice_at(days: int) -> Func:
    """The notice's instant in the database's own words: local time of the customer, as UTC."""
    month = Func(
        F("exp_year"),
        F("exp_month"),
        *(Value(part) for part in (1, HOUR, 0)),
        Value(0.0),
        function="make_timestamp",
        output_field=DateTimeField(),
    )
    shift: Any = Func(
        *(Value(part) for part in (0, 1, 0, -days)), function="make_interval", output_field=DurationField()
    )
    return Func(F("customer__time_zone"), month + shift, function="timezone", output_field=DateTimeField())


def _announce(method: PaymentMethod, days: int, at: datetime) -> None:
    year, month = method.exp_year or 0, method.exp_month or 0
    is_told = _is_the_notice_of_now(year, month, days, method.customer.time_zone, at)
    CardExpiryNotice.objects.create(
        payment_method=method,
        exp_year=year,
        exp_month=month,
        days_before=days,
        announced_at=at if is_told else None,
    )
    if is_told:
        record_event(
            name="payment_method.expiring",
            subject=method,
            at=at,
            data={"expires": [year, month], "days": days},
        )


def _is_the_notice_of_now(year: int, month: int, days: int, zone: str, at: datetime) -> bool:
    following = datetime(year + month // 12, month % 12 + 1, 1, tzinfo=ZoneInfo(zone))
    if at >= following.astimezone(UTC):
        return False
    nearer = [other for other in NOTICE_DAYS if other < days]
    return all(
        at < (following + timedelta(hours=HOUR) - timedelta(days=other)).astimezone(UTC) for other in nearer
    )
