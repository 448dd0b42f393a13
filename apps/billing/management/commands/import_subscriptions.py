from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.accounts.models import Brand
from apps.billing.errors import ImportInvalid
from apps.billing.services.subscriptions.import_subscriptions import ImportReport, import_subscriptions
from apps.billing.subscription_file import read_rows
from apps.core import clock


class Command(BaseCommand):
    help = "Take over subscriptions that run elsewhere from a CSV, YAML or JSON file: all of them or none."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE")
        parser.add_argument("--brand", metavar="CODE", help="whose they are; needed where there are several")
        parser.add_argument("--live", action="store_true", help="live subscriptions; test mode without")
        parser.add_argument("--dry-run", action="store_true", help="check everything, keep nothing")

    def handle(self, *args: Any, file: Path, live: bool, dry_run: bool, **options: Any) -> None:
        brand = self._brand(options["brand"])
        try:
            text = file.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise CommandError(f"{file} cannot be read: {error}.") from error
        try:
            rows = read_rows(text=text, filename=file.name)
            report = import_subscriptions(
                brand=brand, livemode=live, rows=rows, at=clock.now(), dry_run=dry_run
            )
        except ImportInvalid as error:
            lines = [fault.message for fault in error.errors] or [error.message]
            raise CommandError("\n".join([*lines, "Nothing was imported."])) from error
        self._tell(report, dry_run=dry_run)

    def _brand(self, code: str | None) -> Brand:
        brands = list(Brand.objects.filter(code=code) if code else Brand.objects.all()[:2])
        if len(brands) != 1:
            raise CommandError(f"There is no brand '{code}'." if code else "Name a brand with --brand.")
        return brands[0]

    def _tell(self, report: ImportReport, *, dry_run: bool) -> None:
        done = "Would import" if dry_run else "Imported"
        self.stdout.write(f"{done}: {len(report.made)} (customers made: {len(report.customers)}).")
        if report.known:
            self.stdout.write(f"There already, left alone: {len(report.known)}.")
