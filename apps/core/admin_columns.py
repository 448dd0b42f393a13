"""Columns for lists of the admin: amounts as people read them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import admin
from django.utils.safestring import SafeString

from apps.core.templatetags.formatting import money


def money_column(
    field: str, description: str = "", *, currency: str = "currency"
) -> Callable[[Any, Any], SafeString]:
    """A column that writes the minor units of `field` in the row's currency; sorted by the field."""

    @admin.display(description=description or field.removesuffix("_minor"), ordering=field)
    def column(self: Any, row: Any) -> SafeString:
        return money(getattr(row, field), getattr(row, currency))

    return column
