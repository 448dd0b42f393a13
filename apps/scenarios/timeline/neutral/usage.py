"""Usage is a customer's here and a subscription's there: which cases come to the same."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import combinations
from typing import Any

from apps.pricing.periods.wall_clock import local_day
from apps.scenarios.cases.vocabulary import Case
from apps.scenarios.errors import NotBuilt
from apps.scenarios.timeline.story import instant

Values = Mapping[str, Any]

_ENDS = ("terminate", "cancel")
_CUTS = (*_ENDS, "change_plan")
_MOMENT = timedelta(milliseconds=1)
_FOREVER = "9999"


@dataclass(slots=True)
class _Life:
    """A subscription from its start to its end (texts of one form), and the metrics that it is billed by."""

    starts: str
    ends: str = _FOREVER
    metrics: set[str] = field(default_factory=set)


def before_the_end(step: Values, case: Case) -> str | None:
    """When an event of this step was, if a later step ends the use at the very same instant: just before.

    None where no step does, or where that would be another day of the customer.
    """
    steps = case["steps"]
    place = next(number for number, other in enumerate(steps) if other is step)
    if not any(other["at"] == step["at"] and other["do"] in _CUTS for other in steps[place + 1 :]):
        return None
    zone = (case.get("customer") or {}).get("timezone", "UTC")
    at = instant(step["at"], zone)
    before = at - _MOMENT
    return before.isoformat() if local_day(before, zone) == local_day(at, zone) else None


def refuse_shared_usage(case: Case) -> None:
    """Refuse events of a metric by which two subscriptions are billed at one time: both would bill them.

    Raises:
        NotBuilt: there is such a metric.
    """
    sent = {step["metric"] for step in case["steps"] if "metric" in step}
    shared = sorted(sent & set(_shared(list(_lives(case).values()))))
    if shared:
        raise NotBuilt([f"metric {metric!r} of two subscriptions is not built yet" for metric in shared])


def _shared(lives: list[_Life]) -> Iterator[str]:
    for one, other in combinations(lives, 2):
        if one.starts < other.ends and other.starts < one.ends:
            yield from one.metrics & other.metrics


def _lives(case: Case) -> dict[str, _Life]:
    lives: dict[str, _Life] = {}
    metrics = {
        plan["code"]: {charge["metric"] for charge in plan.get("charges") or ()}
        for plan in case["catalog"]["plans"]
    }
    for step in case["steps"]:
        name = str(step.get("subscription"))
        if step["do"] == "subscribe":
            lives[name] = _Life(step["at"])
        if name in lives and "plan" in step:
            lives[name].metrics |= metrics.get(step["plan"], set())
        if name in lives and step["do"] in _ENDS and step.get("policy") != "end_of_term":
            lives[name].ends = step["at"]
    return lives
