from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from rich.console import Console
from rich.progress import Progress

from apps.core import clock
from apps.core.errors import DomainError
from apps.scenarios.cases.deviations import deviations_page
from apps.scenarios.cases.outcome import Outcome
from apps.scenarios.errors import CasesUnreadable
from apps.scenarios.files import NamedCase, case_files, read_cases
from apps.scenarios.services.run_cases import run_cases


class Command(BaseCommand):
    help = "Run price lists: scenarios and cases from JSON and YAML files, through the real services."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("paths", nargs="*", type=Path, help="Files, and folders to look through.")
        parser.add_argument(
            "--deviations", action="store_true", help="Print the page of declined policies instead."
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["deviations"]:
            self.stdout.write(deviations_page(), ending="")
            return
        if not options["paths"]:
            raise CommandError("Name a file or a folder; docs/scenarios/README.md tells the format.")
        counts = self._run(options["paths"])
        told = ", ".join(f"{counts[status]} {status}" for status in ("passed", "failed", "declined"))
        self.stdout.write(told)
        if counts["failed"]:
            sys.exit(1)

    def _run(self, paths: list[Path]) -> Counter[str]:
        counts: Counter[str] = Counter()
        cases = self._read(paths, counts)
        with Progress(console=Console(stderr=True), disable=not sys.stderr.isatty()) as progress:
            task = progress.add_task("Cases", total=len(cases))

            def tell(case: NamedCase, outcome: Outcome) -> None:
                counts[outcome.status] += 1
                progress.advance(task)
                self._tell(case.name, outcome)

            try:
                run_cases(cases=cases, now=clock.now(), on_outcome=tell)
            except DomainError as error:
                raise CommandError(error.message) from error
        return counts

    def _read(self, paths: list[Path], counts: Counter[str]) -> list[NamedCase]:
        """All cases of all files; a file that cannot be read is a failed case of its own."""
        cases: list[NamedCase] = []
        try:
            files = list(case_files(paths))
        except CasesUnreadable as error:
            raise CommandError(error.message) from error
        for path in files:
            try:
                cases += read_cases(path)
            except CasesUnreadable as error:
                counts["failed"] += 1
                self._tell(path.name, Outcome("failed", [error.message]))
        return cases

    def _tell(self, name: str, outcome: Outcome) -> None:
        if outcome.status != "passed":
            self.stdout.write(f"{outcome.status}: {name}")
            for difference in outcome.differences:
                self.stdout.write(f"    {difference}")
