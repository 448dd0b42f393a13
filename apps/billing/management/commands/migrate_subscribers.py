from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.billing.services.subscriptions.migrate_subscribers import Migration, migrate_subscribers
from apps.core.errors import DomainError
from apps.core.formatting import format_money
from apps.customers.selectors import now_for
from apps.plans.models import Plan


class Command(BaseCommand):
    help = "Move the subscribers of a plan to another version of it, each when its paid period ends."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("plan", metavar="PLAN", help="code of the plan")
        parser.add_argument("--from", type=int, metavar="N", help="only those of this version")
        parser.add_argument("--to", type=int, required=True, metavar="N", help="the published version")
        parser.add_argument("--dry-run", action="store_true", help="say what would be, schedule nothing")

    def handle(self, *args: Any, plan: str, to: int, dry_run: bool, **options: Any) -> None:
        row = Plan.objects.filter(code=plan).first()
        if row is None:
            raise CommandError(f"There is no plan '{plan}'.")
        try:
            migration = migrate_subscribers(
                plan=row,
                to_version=to,
                from_version=options["from"],
                now_for=lambda subscription: now_for(subscription.customer),
                dry_run=dry_run,
            )
        except DomainError as error:
            raise CommandError(error.message) from error
        self._tell(migration)

    def _tell(self, migration: Migration) -> None:
        for row in migration.rows:
            currency = row.subscription.currency
            now, then = (
                format_money(fee, currency, locale="en") for fee in (row.fee_now_minor, row.fee_then_minor)
            )
            what = f"left: {row.left_because}" if row.left_because else f"{now} -> {then}"
            self.stdout.write(f"{row.subscription.public_id}  {row.effective_at:%Y-%m-%d %H:%M}Z  {what}")
        for total in migration.totals:
            now, then = (
                format_money(fee, total.currency, locale="en")
                for fee in (total.fee_now_minor, total.fee_then_minor)
            )
            self.stdout.write(f"Total: {total.subscriptions}  {now} -> {then}")
        done = "Would schedule" if migration.dry_run else "Scheduled"
        self.stdout.write(f"{done}: {len(migration.moved)} of {len(migration.rows)}.")
