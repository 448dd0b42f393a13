from __future__ import annotations

from django.db import models


def choice_field(
    default: models.TextChoices, *, max_length: int, help_text: str = ""
) -> models.CharField[str, str]:
    """A column of the words of `default`'s enum. The database knows the default as well, so that the release
    before, which has no such column, goes on writing rows."""
    return models.CharField(
        max_length=max_length,
        choices=type(default).choices,
        default=default,
        db_default=default,
        help_text=help_text,
    )
