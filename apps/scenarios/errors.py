from __future__ import annotations

from typing import ClassVar

from apps.core.errors import DomainError, InvalidInput


class CasesUnreadable(InvalidInput):
    """A file is no JSON or YAML, or holds neither a case nor a list of cases."""

    code: ClassVar[str] = "cases_unreadable"
    title: ClassVar[str] = "The cases cannot be read"


class NotBuilt(InvalidInput):
    """A scenario asks for what Monetize does not have (yet); `missing` names every place."""

    code: ClassVar[str] = "not_built"
    title: ClassVar[str] = "A scenario needs what is not built"

    def __init__(self, missing: list[str]) -> None:
        super().__init__("; ".join(missing))
        self.missing = missing


class NoThrowawayDatabase(DomainError):
    """The database server refuses to make a database for rehearsals."""

    code: ClassVar[str] = "no_throwaway_database"
    status: ClassVar[int] = 503
    title: ClassVar[str] = "No throw-away database"


class NoSandbox(DomainError):
    """The gateway's sandbox did not start."""

    code: ClassVar[str] = "no_sandbox"
    status: ClassVar[int] = 503
    title: ClassVar[str] = "The gateway's sandbox did not start"
