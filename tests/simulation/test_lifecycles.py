"""Random price lists and lives, lived by the real services on test clocks and told by a model of their own.

Each run of the suite lives the same few lives; CONTRIBUTING.md tells how to live more.
"""

from __future__ import annotations

import os

import pytest
from hypothesis import HealthCheck, Phase
from hypothesis import settings as hypothesis_settings
from hypothesis.stateful import run_state_machine_as_test

from tests.simulation.machine import Life

ASKED = os.environ.get("SIMULATED_HISTORIES")
STEPS = int(os.environ.get("SIMULATED_STEPS", "30" if ASKED else "12"))

# Making a failure short takes minutes: `SIMULATED_SHRINKING=0` shows it as it was found.
SHRINKS = os.environ.get("SIMULATED_SHRINKING", "1") == "1"


@pytest.mark.real_commits
@pytest.mark.slow
def test_every_life_is_billed_as_the_model_says(settings) -> None:
    # No mails and no projections: they read what billing has written, and take half of the time.
    settings.DRAINS = ["apps.billing.due.drain_late_usage"]

    run_state_machine_as_test(
        Life,
        settings=hypothesis_settings(
            max_examples=int(ASKED or 15),
            stateful_step_count=STEPS,
            derandomize=not ASKED,
            database=None,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            phases=(Phase.generate, Phase.shrink) if SHRINKS else (Phase.generate,),
            print_blob=True,
        ),
    )
