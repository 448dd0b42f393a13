from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from apps.backoffice.services.sync_staff_roles import sync_staff_roles


class Command(BaseCommand):
    help = "Make the groups of the staff roles (support, finance, read-only) with exactly their permissions."

    def handle(self, *args: Any, **options: Any) -> None:
        for group in sync_staff_roles():
            if options["verbosity"]:
                self.stdout.write(f"{group.name}: {group.permissions.count()} permissions")
