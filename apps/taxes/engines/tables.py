"""The engine that is built in: registrations and dated rates in the database."""

from __future__ import annotations

from apps.taxes.engines.protocol import TaxAnswer, TaxRequest
from apps.taxes.services.decide import treatments_for


class TableEngine:
    name = "tables"
    is_remote = False

    def calculate(self, request: TaxRequest) -> TaxAnswer:
        treatments = treatments_for(
            brand=request.brand,
            customer=request.customer,
            tax_codes=[line.tax_code for line in request.lines],
            at=request.at,
        )
        return TaxAnswer(tuple(treatments))
