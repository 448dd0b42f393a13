"""Whose pages a visitor sees: the brand of the customer, else the one that the settings name."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest

from apps.accounts.models import Brand
from apps.accounts.selectors import brand_named
from apps.portal.errors import PortalNotReady


def brand_of(request: HttpRequest) -> Brand | None:
    """The brand that a page shows; None on an installation that has no brand yet."""
    customer = getattr(request, "customer", None)
    return customer.brand if customer is not None else brand_named(settings.PORTAL_BRAND)


def selling_brand(request: HttpRequest) -> Brand:
    """The brand from which this visitor buys.

    Raises:
        PortalNotReady: there is no brand yet (503).
    """
    brand = brand_of(request)
    if brand is None:
        raise PortalNotReady("Nothing is sold here yet: staff have to set up a brand first.")
    return brand
