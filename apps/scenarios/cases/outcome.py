from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

Status = Literal["passed", "failed", "declined"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one external case: `differences` say why it failed or was declined."""

    status: Status
    differences: list[str] = field(default_factory=list)


def judged(differences: list[str]) -> Outcome:
    """Return passed when nothing differs, otherwise failed with what does."""
    return Outcome("failed", differences) if differences else Outcome("passed")
