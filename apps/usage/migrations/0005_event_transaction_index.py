"""Index events by the transaction that stored them: what came after a rollup is found at once.

The first index is for a reader (one customer), the second for the rollup (whoever sent something since).
"""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import migrations

INDEXES: tuple[tuple[str, str], ...] = (
    ("usage_event_customer_name_transaction", "(customer_id, name, transaction_id)"),
    ("usage_event_transaction", "USING brin (transaction_id) WITH (autosummarize = on)"),
)
_MONTHS_WITHOUT = """
SELECT child.relname FROM pg_inherits
JOIN pg_class AS child ON child.oid = inhrelid
WHERE inhparent = 'usage_event'::regclass AND NOT EXISTS (
    SELECT 1 FROM pg_index
    JOIN pg_inherits AS attached ON attached.inhrelid = pg_index.indexrelid
    WHERE pg_index.indrelid = child.oid AND attached.inhparent = %s::regclass
)
ORDER BY 1
"""


def build_index(apps: Any, schema_editor: Any) -> None:
    """Month by month and concurrently, so intake goes on; safe to run again after it was broken off."""
    with schema_editor.connection.cursor() as cursor:
        for index, columns in INDEXES:
            cursor.execute(f"CREATE INDEX IF NOT EXISTS {index} ON ONLY usage_event {columns}")
            cursor.execute(_MONTHS_WITHOUT, [index])
            for (month,) in cursor.fetchall():
                name = index.replace("usage_event", month, 1)
                cursor.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {name}")
                cursor.execute(f"CREATE INDEX CONCURRENTLY {name} ON {month} {columns}")
                cursor.execute(f"ALTER INDEX {index} ATTACH PARTITION {name}")


def drop_index(apps: Any, schema_editor: Any) -> None:
    for index, _ in INDEXES:
        schema_editor.execute(f"DROP INDEX IF EXISTS {index}")


class Migration(migrations.Migration):
    # PostgreSQL builds no index concurrently inside a transaction.
    atomic = False
    dependencies: ClassVar = [("usage", "0004_rollups")]

    operations: ClassVar = [migrations.RunPython(build_index, drop_index)]
