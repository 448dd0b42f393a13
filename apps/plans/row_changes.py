from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from django.db import models

from apps.core.errors import InvalidInput


def apply_changes(row: models.Model, changes: Mapping[str, Any], changeable: Collection[str]) -> list[str]:
    """Set the fields that differ on an unsaved row, and return their names in alphabetical order.

    Raises:
        InvalidInput: a name that is not among `changeable` (422).
    """
    for name in changes:
        if name not in changeable:
            raise InvalidInput(f"{name} cannot be changed.", field=name)
    changed = sorted(name for name, value in changes.items() if getattr(row, name) != value)
    for name in changed:
        setattr(row, name, changes[name])
    return changed
