from __future__ import annotations

from argparse import ArgumentParser
from datetime import datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.dateparse import parse_datetime

from apps.ledger.selectors import books, imbalance, trial_balance


class Command(BaseCommand):
    """Print the trial balance of every set of books; exit 1 when one does not sum to zero."""

    help = (
        "Print every account's debits, credits and balance, in minor units, and check that they sum to zero."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--at", metavar="INSTANT", help="only what took effect before it, RFC 3339")

    def handle(self, *args: Any, **options: Any) -> None:
        at = _parse_instant(options["at"])
        broken = [f"{name}: {sums}" for name, sums in self._print_books(at) if sums]
        if broken:
            raise CommandError("The books do not balance. " + "; ".join(broken))
        self.stdout.write("The books balance.")

    def _print_books(self, at: datetime | None) -> list[tuple[str, dict[str, int]]]:
        checked = []
        for brand_id, livemode in books():
            name = f"brand {brand_id}, {'live' if livemode else 'test'} mode"
            totals = trial_balance(brand_id=brand_id, livemode=livemode, at=at)
            self.stdout.write(name)
            for total in totals:
                self.stdout.write(
                    f"  {total.account_code:<18} {total.currency} {total.debit_minor:>16} "
                    f"{total.credit_minor:>16} {total.balance_minor:>16}"
                )
            checked.append((name, imbalance(totals)))
        return checked


def _parse_instant(text: str | None) -> datetime | None:
    if not text:
        return None
    instant = parse_datetime(text)
    if instant is None or instant.tzinfo is None:
        raise CommandError("--at is an instant with its offset, such as 2026-12-01T00:00:00Z", returncode=2)
    return instant
