from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from apps.portal.messages_file import LANGUAGES, compiled, path_of, untranslated, updated, written


class Command(BaseCommand):
    help = "Finds the texts of the customers' pages anew, keeps their translations, and compiles them."

    def handle(self, *args: Any, **options: Any) -> None:
        for language in LANGUAGES:
            catalog, path = updated(language), path_of(language)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(written(catalog))
            path.with_suffix(".mo").write_bytes(compiled(catalog))
            self.stdout.write(
                f"{language}: {len(catalog)} texts, {len(untranslated(catalog))} without translation"
            )
