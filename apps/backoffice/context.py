"""What every staff page shows around its content; `settings.TEMPLATES` names it."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from apps.core.request_id import current_request_id


def staff_page_values(request: HttpRequest) -> dict[str, Any]:
    """Brand, brands and mode of the desk; customers' pages bring their own."""
    desk = getattr(request, "desk", None)
    if desk is None:
        return {}
    return {
        "brand": desk.brand,
        "brands": desk.brands,
        "livemode": desk.livemode,
        "request_id": current_request_id(),
    }
