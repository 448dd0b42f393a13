from __future__ import annotations

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        # Policies have them from here on.
        ("billing", "0005_default_dunning_policies"),
        ("accounts", "0008_refund_approval"),
    ]

    operations = [
        migrations.RemoveField(
            model_name="brand",
            name="dunning_retry_days",
        ),
    ]
