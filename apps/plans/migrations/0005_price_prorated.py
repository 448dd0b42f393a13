from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("plans", "0004_freeze_policies"),
    ]

    operations = [
        migrations.AddField(
            model_name="price",
            name="prorated",
            field=models.BooleanField(
                db_default=True,
                default=True,
                help_text="Off: a fee costs the same for a part of a period, and nothing of it is credited.",
            ),
        ),
    ]
