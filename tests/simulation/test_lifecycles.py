"""Random price lists and lives, lived by the real services on test clocks and told by an oracle of their own.

Each run of the suite lives the same histories. `SIMULATED_HISTORIES=2000` lives as many, new ones each time.
"""

from __future__ import annotations

import os

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings

from tests.simulation.histories import History, histories
from tests.simulation.world import World, taken_back

ASKED = os.environ.get("SIMULATED_HISTORIES")


@pytest.fixture
def nothing_but_billing(settings) -> None:
    """No mails and no projections: they read what billing has written, and take half of the time."""
    settings.DRAINS = ()


@pytest.mark.django_db
@pytest.mark.slow
@pytest.mark.usefixtures("nothing_but_billing")
@hypothesis_settings(
    max_examples=int(ASKED or 15),
    derandomize=not ASKED,
    database=None,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    print_blob=True,
)
@given(history=histories())
def test_every_history_is_billed_as_the_oracle_says(history: History) -> None:
    with taken_back():
        world = World(history)
        for step in history.steps:
            world.play(step)
            world.check()
