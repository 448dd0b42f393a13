"""Each bug that is planted into the product is found within 500 lives, and told with how many it took.

`SIMULATED_BUGS=1` asks for it: a bug takes minutes.
"""

from __future__ import annotations

import os
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, Phase
from hypothesis import settings as hypothesis_settings
from hypothesis.stateful import run_state_machine_as_test

from apps.core.errors import DomainError
from tests.simulation.machine import Life
from tests.simulation.planted import PLANTED

MOST = 500


@pytest.mark.skipif(
    not os.environ.get("SIMULATED_BUGS"), reason="minutes for each bug: SIMULATED_BUGS=1 looks for them"
)
@pytest.mark.real_commits
@pytest.mark.slow
@pytest.mark.parametrize("plant", PLANTED, ids=lambda plant: plant.__name__)
def test_planted_bug_is_found(
    plant: Callable[[pytest.MonkeyPatch], None], monkeypatch: pytest.MonkeyPatch, settings
) -> None:
    settings.DRAINS = ["apps.billing.due.drain_late_usage"]
    lives = 0

    class Counted(Life):
        def __init__(self) -> None:
            nonlocal lives
            lives += 1
            super().__init__()

    plant(monkeypatch)
    with pytest.raises((AssertionError, DomainError)):
        run_state_machine_as_test(
            Counted,
            settings=hypothesis_settings(
                max_examples=MOST,
                stateful_step_count=20,
                derandomize=True,
                database=None,
                deadline=None,
                suppress_health_check=list(HealthCheck),
                phases=[Phase.generate],
                report_multiple_bugs=False,
            ),
        )

    # The last life is the failing one, told again.
    print(f"{plant.__name__}: found in life {lives - 1}")
    assert lives - 1 <= MOST
