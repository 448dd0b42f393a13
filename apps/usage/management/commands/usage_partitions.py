from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from apps.core import clock
from apps.usage.months import MONTHS_AHEAD, months_ahead
from apps.usage.selectors import event_partitions
from apps.usage.services.make_partitions import make_partitions


class Command(BaseCommand):
    help = "Make the coming monthly partitions of the event table, and list all of them."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--ahead", type=int, default=MONTHS_AHEAD, help="months after this one")

    def handle(self, *args: Any, **options: Any) -> None:
        made = make_partitions(months=months_ahead(clock.now(), max(0, options["ahead"])))
        for name, size in event_partitions():
            mark = "  made now" if name in made else ""
            self.stdout.write(f"{name}  {size / 1_000_000:12,.1f} MB{mark}")
        self.stdout.write(f"{len(made)} made" if made else "nothing to do")
