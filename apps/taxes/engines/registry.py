"""Every engine, as `Brand.tax_engine` names it: adding one is a module beside this and a line here."""

from __future__ import annotations

from apps.taxes.engines.protocol import TaxEngine
from apps.taxes.engines.stripe import StripeTaxEngine
from apps.taxes.engines.tables import TableEngine

_ENGINES: dict[str, TaxEngine] = {engine.name: engine for engine in (TableEngine(), StripeTaxEngine())}


def engine_named(name: str) -> TaxEngine:
    """The engine of this name.

    Raises:
        KeyError: there is none; the brand's column allows no other name.
    """
    return _ENGINES[name]
