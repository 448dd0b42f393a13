from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from apps.invoices.books_selectors import book_problems
from apps.ledger.selectors import books


class Command(BaseCommand):
    """Compare every set of books with the documents; exit 1 when one differs."""

    help = "Check that the ledger sums to zero, and that deferred revenue and tax are those of the documents."

    def handle(self, *args: Any, **options: Any) -> None:
        problems = [
            f"brand {brand_id}, {'live' if livemode else 'test'} mode: {problem}"
            for brand_id, livemode in books()
            for problem in book_problems(brand_id=brand_id, livemode=livemode)
        ]
        if problems:
            raise CommandError("\n".join(problems))
        self.stdout.write("The books say what the documents say.")
