from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.billing.catalog_file.compare import CatalogChanges
from apps.billing.services.catalog.diff_catalog import diff_catalog
from apps.billing.services.catalog.export_catalog import export_catalog
from apps.billing.services.catalog.import_catalog import import_catalog
from apps.core import clock
from apps.plans.errors import CatalogInvalid


class Command(BaseCommand):
    help = "Keep the catalog (products, meters, plans and prices) as a YAML file."

    def add_arguments(self, parser: CommandParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
        export = actions.add_parser("export", help="write the stored catalog to FILE, or print it")
        export.add_argument("file", nargs="?", type=Path, metavar="FILE")
        for name, about in (
            ("diff", "tell what importing FILE would change"),
            ("import", "make the stored catalog say what FILE says, in one transaction"),
        ):
            action = actions.add_parser(name, help=about)
            action.add_argument("file", type=Path, metavar="FILE")

    def handle(self, *args: Any, action: str, file: Path | None, **options: Any) -> None:
        if action == "export":
            self._export(file)
        elif file is not None:
            self._bring_in(action, file)

    def _export(self, file: Path | None) -> None:
        text = export_catalog()
        if file is None:
            self.stdout.write(text, ending="")
        else:
            file.write_text(text, encoding="utf-8")
            self.stdout.write(f"Wrote {file}.")

    def _bring_in(self, action: str, file: Path) -> None:
        try:
            text = file.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise CommandError(f"{file} cannot be read: {error}.") from error
        try:
            if action == "diff":
                changes = diff_catalog(text=text, filename=file.name)
            else:
                changes = import_catalog(text=text, filename=file.name, at=clock.now())
        except CatalogInvalid as error:
            lines = [fault.message for fault in error.errors]
            raise CommandError("\n".join([*lines, error.message] if len(lines) > 1 else lines)) from error
        self._tell(action, changes)

    def _tell(self, action: str, changes: CatalogChanges) -> None:
        for line in changes.lines():
            self.stdout.write(line)
        if changes.left_alone:
            self.stdout.write(f"Not in the file, left alone: {', '.join(changes.left_alone)}.")
        if not changes:
            self.stdout.write("Nothing to do.")
        else:
            count = "1 change" if len(changes) == 1 else f"{len(changes)} changes"
            self.stdout.write(f"{count} to make." if action == "diff" else f"Made {count}.")
