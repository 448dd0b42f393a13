from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0004_invoice_grace"),
    ]

    operations = [
        migrations.AddField(
            model_name="brand",
            name="one_trial_per_customer",
            field=models.BooleanField(
                db_default=True,
                default=True,
                help_text="Whether a plan's trial is given once: to a customer, a mailbox and a card.",
            ),
        ),
    ]
