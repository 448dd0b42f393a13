"""Runs a case of the scenario schema, ours or that of external timelines, from catalog to invoices."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from apps.core.errors import DomainError
from apps.core.jobs import silence
from apps.pricing.errors import PricingError
from apps.scenarios.cases.outcome import Outcome
from apps.scenarios.cases.vocabulary import Case, unbuilt
from apps.scenarios.errors import NotBuilt
from apps.scenarios.timeline import vocabulary
from apps.scenarios.timeline.neutral.case import is_neutral, translated
from apps.scenarios.timeline.play import play_story
from apps.scenarios.timeline.policies import known_policies
from apps.scenarios.timeline.story import Story, read_story


def read_case(case: Case, *, folder: Path) -> Story | Outcome:
    """The story that a case tells, or why it cannot be played: declined, not built, or malformed."""
    outcome = unbuilt(case, fields=vocabulary.FIELDS, policies=known_policies(case))
    if outcome is not None:
        return outcome
    try:
        if not is_neutral(case):
            return read_story(case, folder=folder)
        translation = translated(case)
        return read_story(translation.case, folder=folder, rules=translation.rules)
    except NotBuilt as error:
        return Outcome("failed", error.missing)
    except PricingError as error:
        return Outcome("failed", [f"refused: {error.code}: {error.message}"])
    except LookupError as error:
        return Outcome("failed", [f"field {error} is missing"])
    except (OSError, ValueError, TypeError, AttributeError) as error:
        return Outcome("failed", [f"malformed value: {error}"])


def run_story(story: Story, *, now: datetime) -> Outcome:
    """Play a story in the present database, which must be a throw-away one; `now` is real time.

    Bells stay silent: workers look in the installation's own database, where these ids are other rows'.
    """
    try:
        with silence():
            differences = play_story(story=story, now=now)
    except (DomainError, PricingError) as error:
        differences = [f"refused: {error.code}: {error.message}", *_each(error)]
    except (LookupError, ValueError, TypeError) as error:
        differences = [f"malformed value: {error}"]
    except Exception as error:  # noqa: BLE001 - a case that breaks something must not end those after it
        differences = [f"broken: {type(error).__name__}: {error}"]
    return Outcome("failed", differences) if differences else Outcome("passed")


def _each(error: DomainError | PricingError) -> list[str]:
    faults = error.field_errors() if isinstance(error, DomainError) else []
    return [f"{fault.field}: {fault.message}" for fault in faults]
