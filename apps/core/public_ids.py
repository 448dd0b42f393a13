"""Prefixed public ids that sort by the time of their making."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import models

from apps.core import clock

# Crockford's base 32: no i, l, o, u, so an id survives being read aloud.
ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
RANDOM_BITS = 80
LENGTH = 26


def new_public_id(prefix: str) -> str:
    """``cus_01h…``: 48 bits of UTC milliseconds, then 80 random bits, in 26 characters that sort by time."""
    milliseconds = (clock.now() - EPOCH) // timedelta(milliseconds=1)
    number = (milliseconds << RANDOM_BITS) | secrets.randbits(RANDOM_BITS)
    digits = []
    for _ in range(LENGTH):
        number, index = divmod(number, len(ALPHABET))
        digits.append(ALPHABET[index])
    return f"{prefix}_{''.join(reversed(digits))}"


class PublicIdField(models.CharField):  # type: ignore[type-arg]
    """The id that the outside world knows; filled on the first save, and never changed."""

    def __init__(self, *args: Any, prefix: str = "", **kwargs: Any) -> None:
        self.prefix = prefix
        kwargs.setdefault("max_length", 40)
        kwargs.setdefault("unique", True)
        kwargs.setdefault("editable", False)
        super().__init__(*args, **kwargs)

    def deconstruct(self) -> tuple[str, str, Any, Any]:
        name, path, args, kwargs = super().deconstruct()
        kwargs["prefix"] = self.prefix
        return name, path, args, kwargs

    def pre_save(self, model_instance: models.Model, add: bool) -> str:
        value = getattr(model_instance, self.attname)
        if add and not value:
            value = new_public_id(self.prefix)
            setattr(model_instance, self.attname, value)
        return str(value)
