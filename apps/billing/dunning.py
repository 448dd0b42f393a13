"""The timeline of an invoice that cannot be collected: what happens on which instant. Pure arithmetic."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from apps.billing.enums import DunningAction, DunningMail
from apps.payments.network_caps import MOST_ATTEMPTS, WINDOW

ORDER = {action: position for position, action in enumerate(DunningAction)}
RETRY_WINDOW_DAYS = WINDOW.days
LAST_DAY = 365


@dataclass(frozen=True, slots=True)
class Step:
    """What happens `day` local days after the first failure; `plan_code` is where a downgrade leads."""

    day: int
    action: DunningAction
    mail: str = ""
    plan_code: str = ""

    @property
    def key(self) -> tuple[int, str]:
        """What makes it the same step when its timeline is read again."""
        return (self.day, self.action.value)

    @property
    def words(self) -> str:
        """What it does, as staff read it."""
        if self.action == DunningAction.MAIL:
            return f"{self.action.label}: {DunningMail(self.mail).label.lower()}"
        if self.action == DunningAction.DOWNGRADE:
            return f"{self.action.label}: {self.plan_code}"
        return str(self.action.label)


STANDARD_STEPS = (
    Step(3, DunningAction.RETRY),
    Step(5, DunningAction.RETRY),
    Step(7, DunningAction.RETRY),
    Step(7, DunningAction.RESTRICT),
)


@dataclass(frozen=True, slots=True)
class Placed:
    """A step with its instant (UTC)."""

    at: datetime
    step: Step


def in_order(steps: Iterable[Step]) -> list[Step]:
    """By day; of one day the retry first, because it may make the rest needless, then the milder ones."""
    return sorted(steps, key=lambda step: (step.day, ORDER[step.action]))


def place_steps(*, steps: Iterable[Step], first_failed_at: datetime, zone: str) -> list[Placed]:
    """The steps in their order, each with its instant (UTC)."""
    return [
        Placed(day_after(first_failed_at=first_failed_at, days=step.day, zone=zone), step)
        for step in in_order(steps)
    ]


def day_after(*, first_failed_at: datetime, days: int, zone: str) -> datetime:
    """So many local days later, at the same local clock time (UTC).

    A clock time that daylight saving skips that day is moved on by the skipped hour; of one that comes twice
    the same one is taken as on the day of the failure.
    """
    local_zone = ZoneInfo(zone)
    local = first_failed_at.astimezone(local_zone)
    day = local.date() + timedelta(days=days)
    return datetime.combine(day, local.timetz().replace(tzinfo=local_zone)).astimezone(UTC)


def next_retry(*, placed: Sequence[Placed], at: datetime) -> datetime | None:
    """The first retry after `at`, exclusive; None when there is none left.

    A retry that passed unused (the machine was off, or the customer tried in between) is not made up for.
    """
    retries = (each.at for each in placed if each.step.action == DunningAction.RETRY)
    return next((instant for instant in retries if instant > at), None)


def problems_of(steps: Sequence[Step]) -> Iterator[str]:
    """Why a timeline cannot be: a sentence each, nothing where it can."""
    ordered = in_order(steps)
    if not ordered:
        yield "A timeline has at least one step."
        return
    yield from _problems_of_days(ordered)
    yield from _problems_of_actions(ordered)


def _problems_of_days(ordered: Sequence[Step]) -> Iterator[str]:
    if any(not 0 <= step.day <= LAST_DAY for step in ordered):
        yield f"A day is between 0 and {LAST_DAY}."
    if len({step.key for step in ordered}) < len(ordered):
        yield "A day has each action once."
    retries = [step.day for step in ordered if step.action == DunningAction.RETRY]
    if 0 in retries:
        yield "The first retry is on day 1 at the earliest: on day 0 the charge has just failed."
    if any(
        sum(first <= day < first + RETRY_WINDOW_DAYS for day in retries) > MOST_ATTEMPTS for first in retries
    ):
        yield f"At most {MOST_ATTEMPTS} retries fit into {RETRY_WINDOW_DAYS} days: card networks refuse more."


def _problems_of_actions(ordered: Sequence[Step]) -> Iterator[str]:
    if any((step.action == DunningAction.MAIL) != bool(step.mail) for step in ordered):
        yield "A step that writes, and no other, says what it writes."
    if any((step.action == DunningAction.DOWNGRADE) != bool(step.plan_code) for step in ordered):
        yield "A step that moves to another plan, and no other, names the plan."
    actions = [step.action for step in ordered]
    if actions[-1] in (DunningAction.RETRY, DunningAction.MAIL):
        yield "Something ends it: the last step is neither a retry nor a mail."
    if DunningAction.WRITE_OFF in actions[:-1]:
        yield "Nothing comes after the invoice was written off."
    if DunningAction.SUSPEND in actions:
        after = actions[actions.index(DunningAction.SUSPEND) :]
        if DunningAction.RESTRICT in after:
            yield "A suspended customer is not let in again by a later step."
    for action in (DunningAction.CANCEL, DunningAction.WRITE_OFF):
        if actions.count(action) > 1:
            yield f"'{action.label}' comes once."
