"""Remember how far late usage was looked for, so that each bill looks at what is newer only."""

from __future__ import annotations

from typing import ClassVar

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies: ClassVar = [("subscriptions", "0004_trial_uses_and_agreed_changes")]

    operations: ClassVar = [
        migrations.AddField(
            model_name="subscription",
            name="late_below",
            field=models.BigIntegerField(
                blank=True,
                help_text="Transaction id below which late usage of all closed periods was looked for by a "
                "bill.",
                null=True,
            ),
        ),
    ]
