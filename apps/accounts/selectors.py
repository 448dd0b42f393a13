"""Reads about brands."""

from __future__ import annotations

from apps.accounts.models import Brand


def brand_named(code: str) -> Brand | None:
    """The brand with this code, or the oldest one when the code is empty; None when there is none."""
    brands = Brand.objects.order_by("created_at", "pk")
    return brands.filter(code=code).first() if code else brands.first()
