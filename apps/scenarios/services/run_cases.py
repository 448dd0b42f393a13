from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from contextlib import ExitStack
from datetime import datetime

from apps.scenarios.cases import adjustments, aggregations, periods, pricing, proration
from apps.scenarios.cases.outcome import Outcome
from apps.scenarios.cases.recognise import CaseKind, kind_of
from apps.scenarios.cases.vocabulary import Case
from apps.scenarios.files import NamedCase
from apps.scenarios.first_rows import FirstRows
from apps.scenarios.rehearsal_gateway import no_gateway, sandbox_gateway
from apps.scenarios.throwaway import throwaway_database
from apps.scenarios.timeline.run import read_case, run_story

OnOutcome = Callable[[NamedCase, Outcome], None]

# Cases that need no database.
ARITHMETIC: Mapping[CaseKind | None, Callable[[Case], Outcome]] = {
    CaseKind.PRICING: pricing.run_case,
    CaseKind.PERIODS: periods.run_case,
    CaseKind.PRORATION: proration.run_case,
    CaseKind.ADJUSTMENTS: adjustments.run_case,
}


def run_cases(*, cases: Iterable[NamedCase], now: datetime, on_outcome: OnOutcome) -> None:
    """Run cases of every schema one after another, and tell what became of each. `now` is real time.

    Nothing touches the installation: what needs a database gets a throw-away one, which each scenario finds
    as new, and what needs a gateway gets a sandbox. Both are made when the first case needs them.

    Raises:
        NoThrowawayDatabase, NoSandbox: the surroundings are missing (503).
    """
    with ExitStack() as stack:
        stack.enter_context(no_gateway())
        rehearsal = _Rehearsal(stack, now)
        for case in cases:
            on_outcome(case, rehearsal.run(case))


class _Rehearsal:
    def __init__(self, stack: ExitStack, now: datetime) -> None:
        self._stack = stack
        self._now = now
        self._first_rows: FirstRows | None = None
        self._has_sandbox = False

    def run(self, case: NamedCase) -> Outcome:
        kind = kind_of(case.content)
        try:
            if kind in ARITHMETIC:
                return ARITHMETIC[kind](case.content)
            if kind == CaseKind.AGGREGATIONS:
                return self._run_aggregation(case.content)
            if kind == CaseKind.TIMELINE:
                return self._run_timeline(case)
        except (TypeError, AttributeError) as error:
            return Outcome("failed", [f"malformed value: {error}"])
        return Outcome("failed", [_unknown(kind, case.content)])

    def _database(self) -> FirstRows:
        if self._first_rows is None:
            self._stack.enter_context(throwaway_database())
            self._first_rows = FirstRows()
        return self._first_rows

    def _run_aggregation(self, case: Case) -> Outcome:
        # They roll back what they write.
        self._database()
        return aggregations.run_case(case)

    def _run_timeline(self, case: NamedCase) -> Outcome:
        story = read_case(case.content, folder=case.folder)
        if isinstance(story, Outcome):
            return story
        if story.needs_gateway and not self._has_sandbox:
            self._stack.enter_context(sandbox_gateway())
            self._has_sandbox = True
        first_rows = self._database()
        try:
            return run_story(story, now=self._now)
        finally:
            first_rows.put_back()


def _unknown(kind: CaseKind | None, case: Case) -> str:
    if kind is None:
        return f"no schema has the fields {', '.join(sorted(map(str, case)))}"
    return f"{kind.value} cases of kind {case.get('kind')!r} are not built yet"
