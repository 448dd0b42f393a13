from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from apps.reporting.services.rebuild_movements import rebuild_movements


class Command(BaseCommand):
    """Write the movements of monthly recurring revenue anew from the event log."""

    help = "Make the MRR movements anew from the sealed event log; the reports show the old ones meanwhile."

    def handle(self, *args: Any, **options: Any) -> None:
        rebuilt = rebuild_movements()
        self.stdout.write(f"{rebuilt.movements} movements; {rebuilt.corrected} differed before.")
