"""What is used in the running period: a chart and a table for each meter, and what it costs so far."""

from __future__ import annotations

import csv
from datetime import datetime
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from apps.core.charts import Chart, ChartKind, Series
from apps.core.errors import NotFound
from apps.core.formatting import FALLBACK_LOCALE, format_day, format_period
from apps.plans.enums import Aggregation
from apps.portal.access import PortalRequest, customer_page
from apps.portal.features import USAGE_EXPORT, feature_is_on, require_feature
from apps.portal.overview import UsageShown, usage_shown
from apps.portal.price_texts import price_text
from apps.rating.services.running_usage import MeterUsage, UnratedUsage
from apps.subscriptions.models import Subscription
from apps.subscriptions.selectors import live_subscriptions_of
from apps.usage.selectors import daily_values

# Days of these add up to the period; of the others each day stands for itself.
ADDITIVE = (Aggregation.COUNT, Aggregation.SUM)


@require_safe
@customer_page()
def usage(request: PortalRequest) -> HttpResponse:
    found = _all_usage(request)
    meters = [_meter(request, subscription, shown) for subscription, shown in found]
    subscriptions = {subscription.pk: subscription for subscription, _shown in found}
    context = {
        "meters": meters,
        "has_plan": bool(subscriptions) or live_subscriptions_of(request.customer.pk).exists(),
        "may_export": feature_is_on(USAGE_EXPORT, request.customer),
    }
    return render(request, "portal/usage.html", context)


@require_safe
@customer_page()
def usage_csv(request: PortalRequest, subscription_id: str, meter: str) -> HttpResponse:
    """The days of a meter in the running period; numbers plain, for machines."""
    require_feature(USAGE_EXPORT, request.customer)
    for subscription, shown in _all_usage(request):
        if subscription.public_id == subscription_id and shown.usage.meter.code == meter:
            return _csv(request, shown.usage)
    raise NotFound("There is no such meter in your plan.")


def _csv(request: PortalRequest, used: MeterUsage | UnratedUsage) -> HttpResponse:
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    name = f"usage-{used.meter.code}-{used.period.starts_at:%Y-%m-%d}.csv"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    writer = csv.writer(response)
    writer.writerow(["date", "time_zone", "meter", "unit", "value"])
    for day, value in _days(request, used):
        row = [day.isoformat(), request.customer.time_zone, used.meter.code, used.meter.unit_name]
        writer.writerow([*row, f"{value:f}"])
    return response


def _all_usage(request: PortalRequest) -> list[tuple[Subscription, UsageShown]]:
    return [
        (subscription, shown)
        for subscription in live_subscriptions_of(request.customer.pk)
        for shown in usage_shown(subscription, request.at)
    ]


def _meter(request: PortalRequest, subscription: Subscription, shown: UsageShown) -> dict[str, Any]:
    return {
        "subscription": subscription,
        "shown": shown,
        "days": format_period(
            shown.usage.period.starts_at,
            shown.usage.period.ends_at,
            locale=_locale(),
            zone=request.customer.time_zone,
        ),
        "price": price_text(shown.usage.price),
        "explanation": shown.usage.trace.explain(_locale()) if isinstance(shown.usage, MeterUsage) else [],
        "chart": _chart(request, shown.usage),
    }


def _chart(request: PortalRequest, used: MeterUsage | UnratedUsage) -> Chart:
    days = _days(request, used)
    name = used.meter.name
    how = _("Each bar is one calendar day in your time zone.")
    if used.meter.aggregation not in ADDITIVE:
        how += " " + _("Days do not add up: the value of the period is taken over all of it.")
    return Chart(
        id=f"usage-{used.meter.code}",
        title=name,
        summary=_("%(meter)s for each day of the running period.") % {"meter": name},
        labels=[format_day(day, locale=_locale(), width="medium") for day, _value in days],
        series=[Series(name, [value for _day, value in days])],
        kind=ChartKind.BAR,
        how=how,
        label_heading=_("Day"),
    )


def _days(request: PortalRequest, used: MeterUsage | UnratedUsage) -> list[tuple[Any, Any]]:
    ends_at: datetime = min(used.period.ends_at, request.at)
    return daily_values(
        meter=used.meter,
        customer_id=request.customer.pk,
        starts_at=used.period.starts_at,
        ends_at=ends_at,
        zone=request.customer.time_zone,
    )


def _locale() -> str:
    return get_language() or FALLBACK_LOCALE
