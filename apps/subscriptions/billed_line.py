"""What a discount or a credit grant sees of a billed line: enough to say whether it covers it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class BilledLine:
    """One line of a bill, by the rows it bills; None where there is none (a manual line)."""

    plan_id: int | None = None
    product_id: int | None = None
    meter_id: int | None = None
    subscription_id: int | None = None
