from __future__ import annotations

import csv
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from apps.core.errors import DomainError
from apps.core.services.import_exchange_rates import import_exchange_rates


class Command(BaseCommand):
    help = "Imports exchange rates from a CSV file with the columns date, base, quote and rate."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--source", required=True, help="who publishes them, such as ECB")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            with options["file"].open(newline="", encoding="utf-8") as file:
                found = import_exchange_rates(rows=csv.DictReader(file), source=options["source"])
        except OSError as error:
            raise CommandError(f"{options['file']} cannot be read: {error.strerror}.") from error
        except DomainError as refused:
            raise CommandError(refused.message) from refused
        for rate in found.differing:
            self.stderr.write(
                f"Kept as it is: {rate.base} in {rate.quote} on {rate.date} is not {rate.rate}."
            )
        self.stdout.write(f"{found.added} added, {found.known} known, {len(found.differing)} differ.")
