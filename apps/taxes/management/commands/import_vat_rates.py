from __future__ import annotations

from argparse import ArgumentParser
from datetime import date
from typing import Any

import eu_vat_rates_data
from django.core.management.base import BaseCommand, CommandError

from apps.core import clock
from apps.core.errors import DomainError
from apps.taxes.selectors import rates_on
from apps.taxes.services.import_vat_rates import import_vat_rates
from apps.taxes.vat_rate_diff import vat_rate_changes


class Command(BaseCommand):
    help = (
        "Compares the VAT rates of the EU states with the installed eu-vat-rates-data, and with --yes makes "
        "dated rows of what differs."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--from",
            dest="valid_from",
            metavar="DAY",
            help="first day (YYYY-MM-DD) of the changed rates, which the set does not say; today without",
        )
        parser.add_argument("--country", action="append", default=[], help="only this state; may be repeated")
        parser.add_argument(
            "--yes", action="store_true", help="write; without it only the differences are shown"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        now = clock.now()
        valid_from = _day(options["valid_from"]) or now.date()
        wanted = {code.upper() for code in options["country"]}
        changes = [
            change
            for change in vat_rate_changes(eu_vat_rates_data.get_all_rates(), rates_on(valid_from))
            if not wanted or change.country in wanted
        ]
        for change in changes:
            self.stdout.write(str(change))
        by_hand = sum(1 for change in changes if change.by_hand)
        self.stdout.write(f"{len(changes)} differences, {by_hand} of them to be decided by hand.")
        if not options["yes"]:
            self.stdout.write(f"Nothing was written. With --yes they hold from {valid_from} on.")
            return
        source = f"eu-vat-rates-data {eu_vat_rates_data.data_version} (European Commission, TEDB)"
        try:
            made = import_vat_rates(changes=changes, valid_from=valid_from, source=source, at=now)
        except DomainError as refused:
            raise CommandError(refused.message) from refused
        self.stdout.write(f"{made} written, from {valid_from} on.")


def _day(text: str | None) -> date | None:
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError as fault:
        raise CommandError("--from is a day such as 2026-01-01.") from fault
