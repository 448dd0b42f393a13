from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from apps.pricing.errors import PricingError
from apps.pricing.exact import plain
from apps.pricing.sentences import sentence


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a calculation. `inputs` are strings: decimals in major units, or words."""

    kind: str
    inputs: Mapping[str, str]


def step(kind: str, **inputs: Decimal | str) -> Step:
    """Return a step; decimals are written plainly and exactly."""
    return Step(kind, {key: plain(v) if isinstance(v, Decimal) else v for key, v in inputs.items()})


@dataclass(frozen=True, slots=True)
class Trace:
    """Why a number is what it is: the steps of its calculation, in order, in one currency.

    Stored as JSON on the invoice line and read back unchanged, so a bill explains itself years later.
    """

    currency: str
    steps: tuple[Step, ...] = ()

    def then(self, *steps: Step) -> Trace:
        return Trace(self.currency, (*self.steps, *steps))

    def to_json(self) -> dict[str, object]:
        """Return a JSON-able object; every number in it is a string."""
        return {
            "currency": self.currency,
            "steps": [{"kind": s.kind, "inputs": dict(s.inputs)} for s in self.steps],
        }

    @classmethod
    def from_json(cls, data: Mapping[str, object]) -> Trace:
        """Read back what `to_json` wrote.

        Raises:
            PricingError: `invalid_trace`.
        """
        currency, steps = data.get("currency"), data.get("steps")
        if not isinstance(currency, str) or not isinstance(steps, list):
            raise PricingError("invalid_trace", "a trace has a currency and a list of steps")
        return cls(currency, tuple(Step(str(s["kind"]), dict(s["inputs"])) for s in steps))

    def explain(self, locale: str = "en") -> list[str]:
        """Return one plain sentence a step; English is the only language yet, and the fallback."""
        return [sentence(s.kind, s.inputs, self.currency, locale) for s in self.steps]
