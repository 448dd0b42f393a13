"""Which report a staff page is about: the currency and months that its address names."""

from __future__ import annotations

from datetime import datetime

from apps.backoffice.access import StaffRequest
from apps.reporting.selectors.mrr import currencies_in_use
from apps.reporting.window import Window, last_months

MONTHS = 12


def report_currencies(request: StaffRequest) -> list[str]:
    """Every currency with recurring revenue, the brand's own first; at least that one."""
    own = request.desk.brand.default_currency
    used = currencies_in_use(**request.desk.scope)
    return [own, *(code for code in used if code != own)] if own in used or not used else used


def report_window(request: StaffRequest, at: datetime) -> Window:
    """The last twelve months in the currency of `?currency=`, or in the first in use."""
    currencies = report_currencies(request)
    asked = request.GET.get("currency", "")
    return last_months(
        MONTHS,
        **request.desk.scope,
        currency=asked if asked in currencies else currencies[0],
        at=at,
        zone=request.desk.brand.default_time_zone,
    )
