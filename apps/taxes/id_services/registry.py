"""Which register knows ids of a kind; ids of other kinds are judged by their form alone."""

from __future__ import annotations

from apps.taxes.enums import IdKind
from apps.taxes.id_services.protocol import TaxIdRegister
from apps.taxes.id_services.vies import Vies

_REGISTERS: dict[IdKind, TaxIdRegister] = {IdKind.EU_VAT: Vies()}


def register_of(kind: IdKind) -> TaxIdRegister | None:
    """The register of a kind, or None."""
    return _REGISTERS.get(kind)
