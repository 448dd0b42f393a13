"""Create the daily rollups of meters and how far they reach."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

from django.db import migrations, models

_SQL = Path(__file__).with_suffix(".sql").read_text()
_FORWARD, _REVERSE = _SQL.split("-- reverse\n")


class Migration(migrations.Migration):
    dependencies: ClassVar = [("usage", "0003_event_revisions")]

    operations: ClassVar = [
        migrations.RunSQL(_FORWARD, _REVERSE),
        # The model is unmanaged: this only tells Django of the table above.
        migrations.CreateModel(
            name="Rollup",
            fields=[
                ("shape", models.CharField(max_length=32, primary_key=True, serialize=False)),
                ("watermark", models.BigIntegerField()),
                ("until", models.DateField()),
                ("rolled_at", models.DateTimeField()),
            ],
            options={"db_table": "usage_rollup", "managed": False},
        ),
    ]
