from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from apps.core import clock
from apps.core.errors import DomainError
from apps.taxes.services.load_rates import load_rates


class Command(BaseCommand):
    help = "Adds the shipped tax rates, or those of CSV files, where the table has none of those days."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("files", nargs="*", type=Path, metavar="FILE", help="the shipped rates without")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            new = load_rates(at=clock.now(), files=options["files"] or None)
        except (DomainError, OSError) as fault:
            raise CommandError(str(fault)) from fault
        self.stdout.write(f"{new} tax rates added.")
