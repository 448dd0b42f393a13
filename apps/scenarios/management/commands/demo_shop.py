from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from rich.console import Console
from rich.progress import Progress

from apps.core import clock
from apps.core.errors import DomainError
from apps.scenarios.demo.shop import Login
from apps.scenarios.services.fill_demo_shop import DemoSize, fill_demo_shop


class Command(BaseCommand):
    help = "Fill an empty installation with a believable year; a filled one is left as it is."

    def add_arguments(self, parser: CommandParser) -> None:
        size = DemoSize()
        parser.add_argument(
            "--customers", type=int, default=size.customers, help="How many customers sign up."
        )
        parser.add_argument(
            "--days", type=int, default=size.days, help="How many days before today it begins."
        )
        parser.add_argument("--seed", type=int, default=size.seed, help="Another number, another story.")
        parser.add_argument("--logins", type=Path, help="Write names and passwords to this file.")

    def handle(self, *args: Any, **options: Any) -> None:
        call_command("connect_stripe", verbosity=0, stdout=self.stdout)
        size = DemoSize(options["customers"], options["days"], options["seed"])
        console = Console(stderr=True)
        with Progress(console=console, disable=not sys.stderr.isatty()) as progress:
            task = progress.add_task("A year of business", total=size.days)
            try:
                shop = fill_demo_shop(
                    size=size,
                    now=clock.now,
                    on_progress=lambda done, _: progress.update(task, completed=done),
                )
            except DomainError as error:
                raise CommandError(f"{error} `make demo-reset` does that.") from error
        if shop is None:
            self.stdout.write("The shop is open already: nothing to do.")
        elif options["logins"]:
            options["logins"].write_text(_told(shop.logins), encoding="utf-8")
        else:
            self.stdout.write(_told(shop.logins))


def _told(logins: list[Login]) -> str:
    return "".join(f"{login.who:<28} {login.name:<36} {login.secret}\n" for login in logins)
