"""How a phase's stored anchor becomes the pricing floor's schedule of periods."""

from __future__ import annotations

from apps.pricing.periods.anchor import Anchor, Precision
from apps.pricing.periods.cadence import Cadence, Interval
from apps.pricing.periods.schedule import Alignment, Schedule
from apps.subscriptions.models import Phase

# A cadence as one number, so that an exclusion constraint can compare it as a range.
_CODES = {interval: (index + 1) * 1000 for index, interval in enumerate(Interval)}


def cadence_code(interval: str, count: int) -> int:
    """The number that stands for a cadence in the database: unique for counts below 1,000."""
    return _CODES[Interval(interval)] + count


def phase_schedule(phase: Phase, cadence: Cadence) -> Schedule:
    """The periods of one cadence of a phase, counted from the phase's stored anchor, cut at its start."""
    return Schedule(
        anchor=Anchor(phase.anchor_at, phase.anchor_zone, Precision(phase.anchor_precision)),
        cadence=cadence,
        alignment=Alignment(phase.alignment),
        starts_at=phase.starts_at,
        ends_at=phase.ends_at,
    )
