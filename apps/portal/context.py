"""What every customer's page shows around its content; `settings.TEMPLATES` names it."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from apps.core.request_id import current_request_id
from apps.customers.enums import MemberRole
from apps.customers.models import Customer
from apps.portal.brand import brand_of
from apps.portal.roles import allows

STAFF_PAGES = frozenset({"admin", "backoffice"})


def portal_page(request: HttpRequest) -> dict[str, Any]:
    """Brand, customer, mode, moved time and what the visitor may do; staff pages bring their own."""
    match = request.resolver_match
    if match is not None and STAFF_PAGES & set(match.app_names):
        return {}
    customer: Customer | None = getattr(request, "customer", None)
    role: MemberRole | None = getattr(request, "role", None)
    return {
        # Lazy: an answer that shows no brand costs no query.
        "brand": SimpleLazyObject(lambda: brand_of(request)),
        "customer": customer,
        "livemode": settings.PORTAL_LIVEMODE if customer is None else customer.livemode,
        "request_id": current_request_id(),
        "may_view": role is not None,
        "may_bill": role is not None and allows(role, MemberRole.BILLING),
        "may_manage": role is not None and allows(role, MemberRole.OWNER),
        "portal_session": getattr(request, "portal_session", None),
        **_moved_time(customer),
    }


def _moved_time(customer: Customer | None) -> dict[str, Any]:
    clock = customer.test_clock if customer is not None else None
    return {"clock_now": clock.now_at, "clock_name": clock.name} if clock is not None else {}
