from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from apps.pricing.errors import PricingError

Status = Literal["passed", "failed", "declined"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one external case: `differences` say why it failed or was declined."""

    status: Status
    differences: list[str] = field(default_factory=list)


def outcome_of(find_differences: Callable[[], list[str]]) -> Outcome:
    """Return passed when nothing differs, otherwise failed with what does.

    A refusal of the arithmetic, an absent field and a malformed value are failures of that one case.
    """
    try:
        differences = find_differences()
    except PricingError as error:
        differences = [f"refused: {error.code}: {error.message}"]
    except LookupError as error:
        differences = [f"field {error} is missing"]
    except ValueError as error:
        differences = [f"malformed value: {error}"]
    return Outcome("failed", differences) if differences else Outcome("passed")


def differing(name: str, expected: object, actual: object) -> list[str]:
    """What a report says where a value is not the expected one; empty where it is."""
    return [] if expected == actual else [f"{name}: expected {expected}, got {actual}"]
