from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.core import clock
from apps.core.formatting import format_money
from apps.payments.account_selectors import gateways_in_use
from apps.payments.errors import GatewayUnreachable
from apps.payments.gateways.registry import GATEWAYS
from apps.payments.services.reconcile import Reconciliation, reconcile


class Command(BaseCommand):
    help = "Compare gateways' accounts with the books; exits 1 when something is unexplained."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--gateway", choices=sorted(GATEWAYS), help="Only this one; all in use without.")
        parser.add_argument(
            "--since",
            type=datetime.fromisoformat,
            help="From when movements are read again, such as 2026-01-31.",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        since = options["since"]
        if since is not None and since.tzinfo is None:
            since = since.replace(tzinfo=UTC)
        names = [options["gateway"]] if options["gateway"] else gateways_in_use()
        results = [self._reconcile(name, since) for name in names]
        if not all(result.is_clean for result in results):
            raise CommandError("Not everything is explained.")

    def _reconcile(self, name: str, since: datetime | None) -> Reconciliation:
        try:
            found = reconcile(gateway=name, at=clock.now(), since=since)
        except GatewayUnreachable as error:
            raise CommandError(f"{name}: {error.message}") from error
        for movement in found.unmatched:
            amount = format_money(movement.gross_minor, movement.currency, locale="en")
            self.stdout.write(f"{name}: not ours so far: {movement} {amount} {movement.source_ref}")
        for row in found.missing:
            amount = format_money(row.amount_minor, row.currency, locale="en")
            self.stdout.write(f"{name}: not in its account: {row} {amount}")
        for total in found.totals:
            shown, booked, awaited, rest = (
                format_money(amount, total.currency, locale="en")
                for amount in (
                    total.gateway_minor,
                    total.books_minor,
                    total.awaited_minor,
                    total.unexplained_minor,
                )
            )
            self.stdout.write(
                f"{name} {total.currency}: account {shown}, books {booked}, "
                f"awaited {awaited}, unexplained {rest}"
            )
        return found
