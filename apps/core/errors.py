"""What the platform refuses, with a stable code and an HTTP status."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar


@dataclass(frozen=True, slots=True)
class FieldError:
    """One refused part of an input; ``field`` is a path such as ``items[0].quantity``."""

    field: str | None
    code: str
    message: str


class DomainError(Exception):
    """A refusal with a reason that a caller can read; nothing was changed.

    Subclasses set ``code`` (stable, part of the API), ``status`` (HTTP) and ``title`` (the same for every
    occurrence). The message is one sentence about this occurrence, without personal data. ``extensions``
    are further members of its problem+json (RFC 9457, section 3.2).
    """

    code: ClassVar[str] = "refused"
    status: ClassVar[int] = 400
    title: ClassVar[str] = "The request was refused"

    def __init__(
        self, message: str = "", *, field: str | None = None, errors: list[FieldError] | None = None
    ) -> None:
        super().__init__(message or self.title)
        self.message = message or self.title
        self.field = field
        self.errors = list(errors or ())
        self.extensions: Mapping[str, Any] = {}

    def field_errors(self) -> list[FieldError]:
        """The listed errors, or the one that ``field`` names."""
        if self.errors or self.field is None:
            return self.errors
        return [FieldError(self.field, self.code, self.message)]


class NotFound(DomainError):
    """No such object, or not one of the caller's."""

    code = "not_found"
    status = 404
    title = "Not found"


class Conflict(DomainError):
    """The object's present state does not allow this."""

    code = "conflict"
    status = 409
    title = "Conflict with the present state"


class InvalidInput(DomainError):
    """The input cannot be understood; ``field`` says which part."""

    code = "invalid_input"
    status = 422
    title = "Invalid input"


class PermissionRefused(DomainError):
    """The caller is known, and may not do this."""

    code = "permission_refused"
    status = 403
    title = "Not permitted"
