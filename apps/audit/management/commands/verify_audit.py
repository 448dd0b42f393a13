from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from apps.audit.errors import ChainBroken
from apps.audit.services.verify import ChainTip, verify_chain


class Command(BaseCommand):
    """Recompute the audit chain; exit 1 and name the first bad row when it does not match."""

    help = "Check the hash chain of the event log. Note the printed anchor elsewhere, and pass it next time."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--anchor", metavar="SEQ:HASH", help="a link noted by an earlier run")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            tip = verify_chain(anchor=_parse_anchor(options["anchor"]))
        except ChainBroken as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"{tip.seq} events verified. Anchor: {tip.seq}:{tip.hash}")


def _parse_anchor(text: str | None) -> ChainTip | None:
    if not text:
        return None
    seq, _, link = text.partition(":")
    if not seq.isdigit() or len(link) != 64:
        raise CommandError("--anchor is SEQ:HASH, as printed by an earlier run", returncode=2)
    return ChainTip(int(seq), link)
