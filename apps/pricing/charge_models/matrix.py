from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from apps.pricing.charge_models.base import ChargeModel, Parse, Part, Priced
from apps.pricing.charge_models.rows import KEYS, Row, parse_rows
from apps.pricing.exact import ZERO, total
from apps.pricing.parameters import Parameters, refuse_unknown
from apps.pricing.trace import Step, Trace, step
from apps.pricing.usage import Usage


@dataclass(frozen=True, slots=True)
class Matrix(ChargeModel):
    """A price for each row of a table of dimensions, such as region and size, and one for all the rest.

    A group of usage belongs to the first row whose conditions it meets. The groups of a row are added up and
    priced together by the row's own model; each row is a line. A row without usage costs nothing.
    """

    currency: str
    names: tuple[str, ...]
    rows: tuple[Row, ...]
    """In the order of the price; the last one has no condition: it is the default."""

    @property
    def reads(self) -> frozenset[str]:
        return frozenset({"groups"})

    @property
    def dimensions(self) -> tuple[str, ...]:
        return self.names

    def parts(self, usage: Usage) -> list[Part]:
        used = self._by_row(usage)
        return [self._part(row, used[number]) for number, row in enumerate(self.rows) if number in used]

    def _price(self, usage: Usage) -> Priced:
        parts = self.parts(usage)
        steps: list[Step] = [step for part in parts for step in part.priced.trace.steps]
        if not parts:
            steps = [step("no_usage", amount=ZERO)]
        return Priced(total(part.priced.exact for part in parts), Trace(self.currency).then(*steps))

    def _by_row(self, usage: Usage) -> Mapping[int, Decimal]:
        groups = usage.groups
        if groups is None:
            groups = {(None,) * len(self.names): usage.quantity}
        used: dict[int, Decimal] = {}
        for values, quantity in groups.items():
            group = dict(zip(self.names, values, strict=True))
            number = next(n for n, row in enumerate(self.rows) if row.holds(group))
            used[number] = total([used.get(number, ZERO), quantity])
        return {number: quantity for number, quantity in used.items() if quantity}

    def _part(self, row: Row, quantity: Decimal) -> Part:
        priced = row.model.price(quantity)
        first = step("matrix_row", label=row.label, units=quantity)
        trace = Trace(self.currency).then(first, *priced.trace.steps)
        return Part(quantity, Priced(priced.exact, trace), dimension=row.dimension, label=row.label)


def parser(models: Mapping[str, Parse]) -> Parse:
    """Return the `parse` of matrices whose rows may have any of `models`, the matrix excepted."""

    def parse(parameters: Parameters, currency: str) -> Matrix:
        """Read `{"dimensions": ["region"], "rows": [{"match": {"region": "eu"}, "unit_amount": "0.08"}],
        "default": {"model": "graduated", "parameters": {...}, "label": "elsewhere"}}`.

        Raises:
            PricingError: as `rows.parse_rows`.
        """
        refuse_unknown(parameters, KEYS)
        names, rows = parse_rows(parameters, currency, models)
        return Matrix(currency, names, rows)

    return parse
