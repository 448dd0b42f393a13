from __future__ import annotations

import pytest

from apps.billing.dunning import STANDARD_STEPS, Placed, Step, day_after, next_retry, place_steps, problems_of
from apps.billing.enums import DunningAction, DunningMail
from tests.factories.billing import utc

RETRY, MAIL, RESTRICT = DunningAction.RETRY, DunningAction.MAIL, DunningAction.RESTRICT
SUSPEND, CANCEL, WRITE_OFF = DunningAction.SUSPEND, DunningAction.CANCEL, DunningAction.WRITE_OFF
DOWNGRADE = DunningAction.DOWNGRADE


def test_standard_timeline_retries_on_days_three_five_and_seven_and_then_restricts() -> None:
    placed = place_steps(steps=STANDARD_STEPS, first_failed_at=utc(2026, 1, 31, 9, 30), zone="UTC")

    assert [(each.at, each.step.action) for each in placed] == [
        (utc(2026, 2, 3, 9, 30), RETRY),
        (utc(2026, 2, 5, 9, 30), RETRY),
        (utc(2026, 2, 7, 9, 30), RETRY),
        (utc(2026, 2, 7, 9, 30), RESTRICT),
    ]


def test_steps_of_a_day_begin_with_the_retry_and_go_from_mild_to_hard() -> None:
    steps = [Step(2, action) for action in (WRITE_OFF, CANCEL, SUSPEND, RETRY)]
    steps += [Step(2, MAIL, mail=DunningMail.FINAL_NOTICE), Step(1, RESTRICT)]

    placed = place_steps(steps=steps, first_failed_at=utc(2026, 2, 27, 9), zone="UTC")

    assert [each.step.action for each in placed] == [RESTRICT, RETRY, MAIL, SUSPEND, CANCEL, WRITE_OFF]
    assert [each.at for each in placed][:2] == [utc(2026, 2, 28, 9), utc(2026, 3, 1, 9)]


def test_step_keeps_the_local_clock_time_when_summer_ends() -> None:
    # Berlin: 10:00 is 08:00 UTC on Friday, and 09:00 UTC from Sunday, 25 October 2026 on.
    failed_at = utc(2026, 10, 23, 8)

    assert day_after(first_failed_at=failed_at, days=1, zone="Europe/Berlin") == utc(2026, 10, 24, 8)
    assert day_after(first_failed_at=failed_at, days=3, zone="Europe/Berlin") == utc(2026, 10, 26, 9)


def test_step_in_the_hour_that_is_skipped_comes_after_it() -> None:
    # Berlin, 29 March 2026: 02:30 does not exist; an hour on it is 03:30, which is 01:30 UTC.
    placed_at = day_after(first_failed_at=utc(2026, 3, 26, 1, 30), days=3, zone="Europe/Berlin")

    assert placed_at == utc(2026, 3, 29, 1, 30)


def test_step_in_a_zone_of_quarter_hours() -> None:
    placed_at = day_after(first_failed_at=utc(2026, 1, 1, 20, 0), days=3, zone="Asia/Kathmandu")

    assert placed_at == utc(2026, 1, 4, 20, 0)


def test_next_retry_is_after_the_instant_and_ends_with_the_timeline() -> None:
    placed = [
        Placed(utc(2026, 2, 3), Step(3, RETRY)),
        Placed(utc(2026, 2, 4), Step(4, RESTRICT)),
        Placed(utc(2026, 2, 5), Step(5, RETRY)),
    ]

    assert next_retry(placed=placed, at=utc(2026, 2, 2)) == utc(2026, 2, 3)
    assert next_retry(placed=placed, at=utc(2026, 2, 3)) == utc(2026, 2, 5)
    assert next_retry(placed=placed, at=utc(2026, 2, 5)) is None


@pytest.mark.parametrize(
    "steps",
    [
        STANDARD_STEPS,
        [Step(0, MAIL, mail=DunningMail.REMINDER), Step(14, CANCEL), Step(14, WRITE_OFF)],
        [*(Step(day, RETRY) for day in range(1, 16)), Step(15, SUSPEND)],
        # The sixteenth is on the 31st day: the first is out of the window by then.
        [*(Step(day, RETRY) for day in range(1, 16)), Step(31, RETRY), Step(31, CANCEL)],
        [Step(3, RESTRICT), Step(7, SUSPEND), Step(30, DOWNGRADE, plan_code="free")],
    ],
)
def test_timeline_that_can_be(steps: list[Step]) -> None:
    assert list(problems_of(steps)) == []


@pytest.mark.parametrize(
    ("steps", "problem"),
    [
        ([], "at least one step"),
        ([Step(366, CANCEL)], "between 0 and 365"),
        ([Step(3, CANCEL), Step(3, CANCEL)], "each action once"),
        ([Step(0, RETRY), Step(1, CANCEL)], "on day 1 at the earliest"),
        (
            [*(Step(day, RETRY) for day in range(1, 17)), Step(17, CANCEL)],
            "At most 15 retries fit into 30 days",
        ),
        (
            [*(Step(day, RETRY) for day in range(2, 17)), Step(31, RETRY), Step(31, CANCEL)],
            "At most 15 retries",
        ),
        ([Step(3, RETRY)], "Something ends it"),
        ([Step(3, CANCEL), Step(4, MAIL, mail=DunningMail.REMINDER)], "Something ends it"),
        ([Step(3, MAIL), Step(3, CANCEL)], "says what it writes"),
        ([Step(3, DOWNGRADE)], "names the plan"),
        ([Step(3, WRITE_OFF), Step(4, CANCEL)], "Nothing comes after"),
        ([Step(3, SUSPEND), Step(4, RESTRICT)], "not let in again"),
        ([Step(3, CANCEL), Step(4, CANCEL)], "comes once"),
    ],
)
def test_timeline_that_cannot_be_says_why(steps: list[Step], problem: str) -> None:
    assert any(problem in told for told in problems_of(steps))
