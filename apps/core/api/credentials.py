"""What the plumbing needs to know of an API credential; accounts' ApiKey has this shape."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol


class Credential(Protocol):
    """Who asks: a key of one brand in one mode."""

    @property
    def public_id(self) -> str: ...
    @property
    def brand_id(self) -> int: ...
    @property
    def livemode(self) -> bool: ...
    @property
    def scopes(self) -> list[str]: ...


def tenant_scope(credential: Credential) -> str:
    """The name of the brand and mode, for keys that must not meet: rotating a key does not change it."""
    return f"brand:{credential.brand_id}:{'live' if credential.livemode else 'test'}"


def scope_allows(granted: Iterable[str], required: str) -> bool:
    """``invoices:read`` is granted by itself, by ``*:read`` and by ``*``; writing does not imply reading."""
    verb = required.rpartition(":")[2]
    return bool({"*", f"*:{verb}", required} & set(granted))
