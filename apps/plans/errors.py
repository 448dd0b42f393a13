from __future__ import annotations

from apps.core.errors import DomainError


class PlanNotFound(DomainError):
    """No such plan, or none that may be bought here."""

    code = "plan_not_found"
    status = 404


class VersionFrozen(DomainError):
    """A published version does not change: make the next draft."""

    code = "version_frozen"
    status = 409


class CatalogInvalid(DomainError):
    """The catalog contradicts itself; `errors` names each place."""

    code = "catalog_invalid"
    status = 422


class PriceUnavailable(DomainError):
    """The plan has no price in the asked currency."""

    code = "price_unavailable"
    status = 422
