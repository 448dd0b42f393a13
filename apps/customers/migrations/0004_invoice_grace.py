from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("customers", "0003_billing_day"),
    ]

    operations = [
        migrations.AddField(
            model_name="customer",
            name="invoice_grace_hours",
            field=models.PositiveSmallIntegerField(
                blank=True,
                help_text="How long an invoice of usage stays a draft; empty means the brand's.",
                null=True,
            ),
        ),
    ]
