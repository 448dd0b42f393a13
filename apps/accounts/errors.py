from __future__ import annotations

from apps.core.errors import DomainError


class ApiKeyExpired(DomainError):
    """The key's time is over: make or rotate one."""

    code = "api_key_expired"
    status = 401
