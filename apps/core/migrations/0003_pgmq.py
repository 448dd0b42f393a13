"""Install the broker's tables and functions: Celery's doorbell rings inside this same PostgreSQL."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import migrations
from pgmq.install import get_embedded_install_sql


def install(apps: Any, schema_editor: Any) -> None:
    with schema_editor.connection.cursor() as cursor:
        # The script cannot run twice; an installation may already have it, as the extension or from elsewhere.
        cursor.execute("SELECT to_regclass('pgmq.meta')")
        if cursor.fetchone()[0] is None:
            cursor.execute(get_embedded_install_sql())


def uninstall(apps: Any, schema_editor: Any) -> None:
    with schema_editor.connection.cursor() as cursor:
        # The queues hold only doorbells: the work itself is rows elsewhere.
        cursor.execute("SELECT 1 FROM pg_extension WHERE extname = 'pgmq'")
        if cursor.fetchone() is None:
            cursor.execute("DROP SCHEMA IF EXISTS pgmq CASCADE")


class Migration(migrations.Migration):
    dependencies: ClassVar = [("core", "0002_counters_unlogged")]

    operations: ClassVar = [migrations.RunPython(install, uninstall)]
