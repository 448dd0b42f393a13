from __future__ import annotations

import django.core.validators
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0003_event_identity"),
    ]

    operations = [
        migrations.AddField(
            model_name="brand",
            name="invoice_grace_hours",
            field=models.PositiveSmallIntegerField(
                db_default=0,
                default=0,
                help_text="How long an invoice of usage stays a draft, so that late usage is still on it; 0 issues it "
                "at once.",
                validators=[django.core.validators.MaxValueValidator(720)],
            ),
        ),
    ]
