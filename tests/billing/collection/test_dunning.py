from __future__ import annotations

from apps.billing.dunning import next_retry, retry_instants
from tests.factories.billing import utc


def test_retries_without_a_wish_are_on_days_three_five_and_seven() -> None:
    assert retry_instants(first_failed_at=utc(2026, 1, 31, 9, 30), retry_days=[], zone="UTC") == [
        utc(2026, 2, 3, 9, 30),
        utc(2026, 2, 5, 9, 30),
        utc(2026, 2, 7, 9, 30),
    ]


def test_retries_of_a_brand_are_sorted_and_each_once() -> None:
    instants = retry_instants(first_failed_at=utc(2026, 2, 27, 9), retry_days=[7, 2, 2], zone="UTC")

    assert instants == [utc(2026, 3, 1, 9), utc(2026, 3, 6, 9)]


def test_retry_keeps_the_local_clock_time_when_summer_ends() -> None:
    # Berlin: 10:00 is 08:00 UTC on Friday, and 09:00 UTC from Sunday, 25 October 2026 on.
    instants = retry_instants(first_failed_at=utc(2026, 10, 23, 8), retry_days=[1, 3], zone="Europe/Berlin")

    assert instants == [utc(2026, 10, 24, 8), utc(2026, 10, 26, 9)]


def test_retry_in_the_hour_that_is_skipped_comes_after_it() -> None:
    # Berlin, 29 March 2026: 02:30 does not exist; an hour on it is 03:30, which is 01:30 UTC.
    instants = retry_instants(first_failed_at=utc(2026, 3, 26, 1, 30), retry_days=[3], zone="Europe/Berlin")

    assert instants == [utc(2026, 3, 29, 1, 30)]


def test_retry_in_a_zone_of_quarter_hours() -> None:
    instants = retry_instants(first_failed_at=utc(2026, 1, 1, 20, 0), retry_days=[3], zone="Asia/Kathmandu")

    assert instants == [utc(2026, 1, 4, 20, 0)]


def test_next_retry_is_after_the_instant_and_ends_with_the_ladder() -> None:
    retries = [utc(2026, 2, 3), utc(2026, 2, 5)]

    assert next_retry(retries=retries, at=utc(2026, 2, 2)) == utc(2026, 2, 3)
    assert next_retry(retries=retries, at=utc(2026, 2, 3)) == utc(2026, 2, 5)
    assert next_retry(retries=retries, at=utc(2026, 2, 5)) is None
