"""The charts of the staff pages, from the reports of one window (brand, mode, currency, months)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date

from babel.dates import format_skeleton
from django.utils.translation import get_language

from apps.core.charts import MAXIMUM_SERIES, Chart, ChartKind, Series, Unit
from apps.core.formatting import FALLBACK_LOCALE, format_money, parse_locale
from apps.reporting.enums import MovementKind
from apps.reporting.selectors.invoices import revenue_by_plan
from apps.reporting.selectors.mrr import MrrMonth
from apps.reporting.selectors.payments import FailureMonth
from apps.reporting.window import Window

MRR_HOW = (
    "Each paid subscription's recurring fees for its quantity, normalised to a month: a yearly fee counts a "
    "twelfth. Usage, trials and free plans count nothing. The last point is today."
)
MOVEMENTS_HOW = (
    "Every change of a subscription's MRR, by kind. New: its first MRR. Reactivation: the customer had left "
    "before. Opening MRR plus all movements is closing MRR."
)
REVENUE_HOW = (
    "Lines of issued invoices in the month of finalisation, net of discounts and before tax, by the plan on "
    "the line; usage is included, void invoices are not."
)
COLLECTED_HOW = "Payments that succeeded, in the month in which they did."
FAILURES_HOW = (
    "Invoices whose first charge failed in the month, and how many of them are fully paid by now. An invoice "
    "that failed three times counts once."
)
OTHER = "Other"


def month_label(month: date) -> str:
    """Such as "Nov 2026", in the reader's language."""
    locale = parse_locale(get_language() or FALLBACK_LOCALE)
    return str(format_skeleton("yMMM", month, locale=locale))


def mrr_chart(window: Window, bridge: Sequence[MrrMonth]) -> Chart:
    values = [month.closing_minor for month in bridge]
    summary = (
        f"MRR went from {_money(values[0], window)} to {_money(values[-1], window)} "
        f"between {month_label(bridge[0].month)} and {month_label(bridge[-1].month)}."
    )
    return Chart(
        id="mrr",
        title="Monthly recurring revenue",
        summary=summary,
        labels=[month_label(month.month) for month in bridge],
        series=[Series("MRR", values)],
        kind=ChartKind.AREA,
        unit=Unit.MONEY,
        currency=window.currency,
        how=MRR_HOW,
        label_heading="Month",
    )


def movements_chart(window: Window, bridge: Sequence[MrrMonth]) -> Chart:
    net = sum(month.net_minor for month in bridge)
    return Chart(
        id="movements",
        title="MRR movements",
        summary=f"MRR moved by {_money(net, window)} in {len(bridge)} months.",
        labels=[month_label(month.month) for month in bridge],
        series=[Series(kind.label, [month.moved(kind) for month in bridge]) for kind in MovementKind],
        kind=ChartKind.STACKED,
        unit=Unit.MONEY,
        currency=window.currency,
        how=MOVEMENTS_HOW,
        label_heading="Month",
    )


def revenue_chart(window: Window) -> Chart:
    """Billed revenue by plan: the four largest plans, and the rest as Other."""
    sums: dict[str, dict[date, int]] = defaultdict(dict)
    for row in revenue_by_plan(window):
        name = row.plan_name or row.plan or OTHER
        sums[name][row.month] = sums[name].get(row.month, 0) + row.amount_minor
    ranked = sorted(sums, key=lambda name: (name == OTHER, -sum(sums[name].values()), name))
    months = window.months
    series = [Series(name, [sums[name].get(month, 0) for month in months]) for name in ranked]
    if len(series) > MAXIMUM_SERIES:
        kept, rest = series[: MAXIMUM_SERIES - 1], series[MAXIMUM_SERIES - 1 :]
        totals = [sum(int(one.values[n] or 0) for one in rest) for n in range(len(months))]
        series = [*kept, Series(OTHER, totals)]
    total = sum(amount for by_month in sums.values() for amount in by_month.values())
    return Chart(
        id="revenue",
        title="Billed revenue by plan",
        summary=f"{_money(total, window)} were billed in {len(months)} months, before tax.",
        labels=[month_label(month) for month in months],
        series=series or [Series("Revenue", [0 for _ in months])],
        kind=ChartKind.STACKED,
        unit=Unit.MONEY,
        currency=window.currency,
        how=REVENUE_HOW,
        label_heading="Month",
    )


def collected_chart(window: Window, collected: Sequence[tuple[date, int]]) -> Chart:
    total = sum(amount for _, amount in collected)
    return Chart(
        id="collected",
        title="Collected",
        summary=f"{_money(total, window)} came in over {len(collected)} months.",
        labels=[month_label(month) for month, _ in collected],
        series=[Series("Collected", [amount for _, amount in collected])],
        kind=ChartKind.BAR,
        unit=Unit.MONEY,
        currency=window.currency,
        how=COLLECTED_HOW,
        label_heading="Month",
    )


def failures_chart(failures: Sequence[FailureMonth]) -> Chart:
    failed = sum(month.failed_count for month in failures)
    recovered = sum(month.recovered_count for month in failures)
    return Chart(
        id="failures",
        title="Failed first charges and recoveries",
        summary=f"{failed} invoices failed at first; {recovered} of them are paid by now.",
        labels=[month_label(month.month) for month in failures],
        series=[
            Series("Failed", [month.failed_count for month in failures]),
            Series("Recovered", [month.recovered_count for month in failures]),
            Series("Given up", [month.given_up_count for month in failures]),
        ],
        kind=ChartKind.BAR,
        unit=Unit.COUNT,
        how=FAILURES_HOW,
        label_heading="Month",
    )


def _money(amount_minor: int, window: Window) -> str:
    return format_money(amount_minor, window.currency, locale=get_language() or FALLBACK_LOCALE)
