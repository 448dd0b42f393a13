"""Remember how far events have been searched for late ones; the search begins with this migration."""

from __future__ import annotations

from typing import ClassVar

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies: ClassVar = [("billing", "0002_usage_watch")]

    operations: ClassVar = [
        migrations.CreateModel(
            name="LateUsageSearch",
            fields=[
                ("id", models.SmallIntegerField(default=1, primary_key=True, serialize=False)),
                ("snapshot", models.TextField()),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("id", 1)), name="billing_late_usage_search_one_row"
                    )
                ],
            },
        ),
        migrations.RunSQL(
            "INSERT INTO billing_lateusagesearch (id, snapshot) VALUES (1, pg_current_snapshot()::text)",
            migrations.RunSQL.noop,
        ),
    ]
