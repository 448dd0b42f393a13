from __future__ import annotations

from apps.core.errors import DomainError


class PlanNotFound(DomainError):
    """No such plan, or none that may be bought here."""

    code = "plan_not_found"
    status = 404
    title = "Plan not found"


class CatalogEntryNotFound(DomainError):
    """No product, meter, price or version with that id or code."""

    code = "catalog_entry_not_found"
    status = 404
    title = "Not in the catalog"


class CodeTaken(DomainError):
    """Another entry of the catalog has that code; codes never change and are never used twice."""

    code = "code_taken"
    status = 409
    title = "The code is taken"


class VersionFrozen(DomainError):
    """A published version does not change: make the next draft."""

    code = "version_frozen"
    status = 409
    title = "The version is published"


class DraftExists(DomainError):
    """The plan already has a draft: edit or publish that one."""

    code = "draft_exists"
    status = 409
    title = "The plan has a draft"


class MeterFrozen(DomainError):
    """A published price reads the meter: what it counts does not change any more."""

    code = "meter_frozen"
    status = 409
    title = "The meter is in use"


class CatalogInvalid(DomainError):
    """The catalog contradicts itself; `errors` names each place."""

    code = "catalog_invalid"
    status = 422
    title = "The catalog is not valid"


class PriceUnavailable(DomainError):
    """The plan has no price in the asked currency."""

    code = "price_unavailable"
    status = 422
    title = "No price in this currency"
