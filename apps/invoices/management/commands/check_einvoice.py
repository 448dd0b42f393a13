from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from apps.core.errors import DomainError
from apps.invoices.documents.einvoice.check import check_einvoice, xml_in_pdf
from apps.invoices.errors import EInvoiceInvalid


class Command(BaseCommand):
    help = "Check files against the schemas and the rules of EN 16931: CII, UBL 2.1, or a PDF with CII in it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("files", nargs="+", type=Path)

    def handle(self, *args: Any, **options: Any) -> None:
        broken = [path for path in options["files"] if not self._passes(path)]
        if broken:
            raise CommandError(f"{len(broken)} of {len(options['files'])} files are no valid e-invoices.")

    def _passes(self, path: Path) -> bool:
        try:
            content = path.read_bytes()
            check_einvoice(xml_in_pdf(content) if content.startswith(b"%PDF-") else content)
        except EInvoiceInvalid as invalid:
            self.stdout.write(f"{path}: invalid")
            for rule in invalid.broken:
                self.stdout.write(f"  {rule}")
            return False
        except (DomainError, OSError) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"{path}: valid")
        return True
