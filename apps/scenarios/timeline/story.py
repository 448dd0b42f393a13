"""A scenario as plain values, read strictly: every word that nobody understands is named."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import yaml

from apps.pricing.periods.wall_clock import instant_of, start_of_day
from apps.scenarios.cases.vocabulary import Case
from apps.scenarios.errors import NotBuilt
from apps.scenarios.timeline import vocabulary
from apps.scenarios.timeline.rules import CatalogRules
from apps.scenarios.timeline.unknown_words import places, unknown_words


@dataclass(frozen=True, slots=True)
class Step:
    """Something that somebody does at an instant; `refused` is the code of the refusal it must meet."""

    place: str
    at: datetime
    do: str
    given: Mapping[str, Any]
    refused: str | None = None


@dataclass(frozen=True, slots=True)
class Expectation:
    """How things must stand at an instant, after the steps of that instant."""

    place: str
    at: datetime
    given: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Story:
    """A catalog (a file's text), a customer, what happens, and what is expected of it."""

    catalog: str
    catalog_name: str
    customer: Mapping[str, Any]
    zone: str
    steps: tuple[Step, ...]
    expectations: tuple[Expectation, ...]
    brand: Mapping[str, Any] = field(default_factory=dict)
    tax: Mapping[str, Any] | None = None
    """Registrations of the brand and rates; None sells outside tax."""
    coupons: tuple[Mapping[str, Any], ...] = ()
    rules: CatalogRules | None = None
    """What the catalog says besides its file: its plans are drafts until they have these rules."""
    claims_days: bool = False
    """An expectation tells what its own day brings, not all since the one before (see documents.py)."""

    @property
    def begins_at(self) -> datetime:
        return self.steps[0].at

    @property
    def needs_gateway(self) -> bool:
        return any(step.do in vocabulary.GATEWAY_STEPS for step in self.steps)

    def entries(self) -> Iterator[Step | Expectation]:
        """Steps and expectations in order of time; at one instant the steps come first."""
        entries: list[Step | Expectation] = [*self.steps, *self.expectations]
        yield from sorted(entries, key=lambda entry: (entry.at, isinstance(entry, Expectation)))


def read_story(case: Case, *, folder: Path, rules: CatalogRules | None = None) -> Story:
    """Read a case of the scenario schema; a catalog that is a file's name is looked for in `folder`.

    With `rules` it is a case of the neutral schema, said in ours.

    Raises:
        NotBuilt: a field, a step or a part of the product is not known.
        LookupError, ValueError: a field is missing or malformed.
    """
    missing = unknown_words(case)
    if missing:
        raise NotBuilt(missing)
    customer = dict(case.get("customer") or {})
    customer.setdefault("currency", case.get("currency", "EUR"))
    zone = customer.setdefault("time_zone", "UTC")
    catalog, catalog_name = _catalog(case["catalog"], folder)
    story = Story(
        catalog=catalog,
        catalog_name=catalog_name,
        customer=customer,
        zone=zone,
        steps=tuple(_step(place, step, zone) for place, step in places(case, "steps")),
        expectations=tuple(
            Expectation(place, instant(given["at"], zone), given) for place, given in places(case, "expect")
        ),
        brand=case.get("brand") or {},
        tax=case.get("tax"),
        coupons=tuple(case.get("coupons") or ()),
        rules=rules,
        claims_days=rules is not None,
    )
    _refuse_disorder(story)
    return story


def instant(value: str, zone: str) -> datetime:
    """A day is its beginning in the customer's zone; a time without an offset is local there."""
    if "T" not in value and " " not in value:
        return start_of_day(date.fromisoformat(value), zone)
    at = datetime.fromisoformat(value)
    return instant_of(at.date(), at.time(), zone) if at.tzinfo is None else at.astimezone(UTC)


def _step(place: str, step: Mapping[str, Any], zone: str) -> Step:
    given = {name: value for name, value in step.items() if name not in vocabulary.EVERY_STEP}
    needed, _ = vocabulary.STEPS[step["do"]]
    for name in sorted(needed - given.keys()):
        raise KeyError(f"{place}.{name}")
    return Step(f"{place} {step['do']}", instant(step["at"], zone), step["do"], given, step.get("refused"))


def _catalog(given: Any, folder: Path) -> tuple[str, str]:
    if isinstance(given, str):
        return (folder / given).read_text(encoding="utf-8"), given
    return yaml.safe_dump(given, sort_keys=False, allow_unicode=True), "catalog"


def _refuse_disorder(story: Story) -> None:
    if not story.steps or not story.expectations:
        raise ValueError("a scenario has at least one step and one expectation")
    _refuse_going_back(story.steps)
    _refuse_going_back(story.expectations)
    if story.expectations[0].at < story.begins_at:
        raise ValueError(f"{story.expectations[0].place} is earlier than the first step")


def _refuse_going_back(entries: Iterable[Step | Expectation]) -> None:
    for before, after in pairwise(entries):
        if after.at < before.at:
            raise ValueError(f"{after.place} is earlier than what stands before it")
