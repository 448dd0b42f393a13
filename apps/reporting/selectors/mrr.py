"""Monthly recurring revenue and how it moved; each number has its rows."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime

from django.db.models import Count, QuerySet, Sum
from django.db.models.functions import TruncMonth

from apps.reporting.enums import MovementKind
from apps.reporting.models import MrrMovement
from apps.reporting.window import Window


@dataclass(frozen=True, slots=True)
class MrrMonth:
    """One month of the bridge, minor units a month: opening + all movements = closing.

    `customers` counts the movements of each kind. `contraction` and `churn` are negative.
    """

    month: date
    opening_minor: int
    movements: dict[MovementKind, int] = field(default_factory=dict)
    counts: dict[MovementKind, int] = field(default_factory=dict)

    @property
    def net_minor(self) -> int:
        return sum(self.movements.values())

    @property
    def closing_minor(self) -> int:
        return self.opening_minor + self.net_minor

    def moved(self, kind: MovementKind) -> int:
        return self.movements.get(kind, 0)


def movements_by_month(window: Window) -> list[MrrMonth]:
    """The bridge from month to month; the last month is as far as it has come. One query."""
    rows = (
        _all_until(window)
        .annotate(month=TruncMonth("at", tzinfo=window.tz))
        .values("month", "kind")
        .annotate(moved=Sum("delta_minor"), count=Count("id"))
        .order_by()
    )
    return _bridge(window, [(row["month"].date(), row["kind"], row["moved"], row["count"]) for row in rows])


def _bridge(window: Window, rows: list[tuple[date, str, int, int]]) -> list[MrrMonth]:
    months = window.months
    opening = sum(moved for month, _, moved, _ in rows if month < months[0])
    bridge = []
    for month in months:
        own = [row for row in rows if row[0] == month]
        bridge.append(
            MrrMonth(
                month,
                opening,
                {MovementKind(kind): moved for _, kind, moved, _ in own},
                {MovementKind(kind): count for _, kind, _, count in own},
            )
        )
        opening = bridge[-1].closing_minor
    return bridge


def mrr_over_time(window: Window) -> list[tuple[date, int]]:
    """MRR at the end of each month (of the running one: now), minor units a month. One query."""
    return [(month.month, month.closing_minor) for month in movements_by_month(window)]


def mrr_at(window: Window, at: datetime) -> int:
    """MRR at an instant, with what moved at that very instant; minor units a month."""
    return _own(window).filter(at__lte=at).aggregate(total=Sum("delta_minor"))["total"] or 0


def movement_rows(window: Window, kind: MovementKind | None = None) -> QuerySet[MrrMovement]:
    """The movements behind a cell of the bridge, newest first, with customer and plan."""
    rows = _all_until(window).filter(at__gte=window.starts_at)
    rows = rows.filter(kind=kind) if kind is not None else rows
    return rows.select_related("customer", "subscription", "plan").order_by("-at", "-id")


def mrr_rows(window: Window, at: datetime) -> QuerySet[MrrMovement]:
    """What MRR at an instant is made of: of each subscription its last movement, where it left something."""
    last = (
        _own(window).filter(at__lte=at).order_by("subscription_id", "-at", "-id").distinct("subscription_id")
    )
    rows = MrrMovement.objects.filter(pk__in=last.values("pk"), mrr_after_minor__gt=0)
    return rows.select_related("customer", "subscription", "plan").order_by("-mrr_after_minor", "id")


def currencies_in_use(*, brand_id: int, livemode: bool) -> list[str]:
    """The currencies in which anything ever recurred, in the order of their codes."""
    own = MrrMovement.objects.filter(brand_id=brand_id, livemode=livemode)
    return list(own.order_by("currency").values_list("currency", flat=True).distinct())


def _own(window: Window) -> QuerySet[MrrMovement]:
    return MrrMovement.objects.filter(
        brand_id=window.brand_id, livemode=window.livemode, currency=window.currency
    )


def _all_until(window: Window) -> QuerySet[MrrMovement]:
    return _own(window).filter(at__lt=window.ends_at)
