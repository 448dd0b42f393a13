from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.core import clock
from apps.payments.enums import GatewayName
from apps.payments.errors import GatewayUnreachable
from apps.payments.services.connect_gateway import connect_gateway


class Command(BaseCommand):
    help = "Let Stripe (or the sandbox) send its webhooks here; run it again as often as you like."
    gateway = GatewayName.STRIPE

    def add_arguments(self, parser: CommandParser) -> None:
        path = f"/webhooks/{self.gateway}"
        parser.add_argument("--url", help=f"Where the webhooks go; SITE_URL with {path} without it.")

    def handle(self, *args: Any, **options: Any) -> None:
        url = options["url"] or f"{settings.SITE_URL}/webhooks/{self.gateway}"
        try:
            is_new = connect_gateway(gateway=self.gateway, url=url, at=clock.now())
        except GatewayUnreachable as error:
            raise CommandError(
                f"{self.gateway.label} did not register the webhook: {error.__cause__ or error}"
            ) from error
        self.stdout.write(f"Webhooks {'now come' if is_new else 'already come'} to {url}.")
