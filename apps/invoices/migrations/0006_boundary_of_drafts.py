"""Keep with a draft that waits for late usage the boundary that it bills: a late run drafts it after that."""

from __future__ import annotations

from typing import ClassVar

from django.apps.registry import Apps
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor


def fill_waiting(apps: Apps, editor: BaseDatabaseSchemaEditor) -> None:
    """Drafts waited until now only where they were made at the very instant of their boundary."""
    waiting = apps.get_model("invoices", "Invoice").objects.filter(status="draft", finalize_at__isnull=False)
    waiting.update(boundary_at=models.F("created_at"))


class Migration(migrations.Migration):
    dependencies: ClassVar = [("invoices", "0005_grace")]

    operations: ClassVar = [
        migrations.AddField(
            model_name="invoice",
            name="boundary_at",
            field=models.DateTimeField(
                blank=True,
                help_text="Of a draft that waits for late usage: when the periods were closed that it bills.",
                null=True,
            ),
        ),
        migrations.RunPython(fill_waiting, migrations.RunPython.noop),
    ]
