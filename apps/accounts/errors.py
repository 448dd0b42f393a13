from __future__ import annotations

from apps.core.errors import DomainError


class ApiKeyExpired(DomainError):
    """The key's time is over: make or rotate one."""

    code = "api_key_expired"
    status = 401


class ApiKeyInvalid(DomainError):
    """No key, an unknown one, or one that was revoked: the answer does not say which."""

    code = "api_key_invalid"
    status = 401
    title = "Invalid API key"


class ApiKeyNotUsable(DomainError):
    """A revoked or expired key cannot be rotated: create a new one."""

    code = "api_key_not_usable"
    status = 409
    title = "The key is no longer usable"


class ScopeUnknown(DomainError):
    """A scope is `*`, or a resource (or `*`) with `read` or `write`, such as `invoices:read`."""

    code = "scope_unknown"
    status = 422
    title = "Unknown scope"
