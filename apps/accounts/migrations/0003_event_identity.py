from __future__ import annotations

from typing import ClassVar

import django.contrib.postgres.fields
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies: ClassVar = [("accounts", "0002_balance_use")]

    operations: ClassVar = [
        migrations.AddField(
            model_name="brand",
            name="event_identity",
            field=models.CharField(
                choices=[("id", "By its id"), ("id_and_timestamp", "By its id and timestamp together")],
                db_default="id",
                default="id",
                help_text="What makes two usage events of a source the same event; fixed by the first event.",
                max_length=20,
            ),
        ),
        migrations.AddField(
            model_name="brand",
            name="amending_sources",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(max_length=255),
                blank=True,
                db_default=[],
                default=list,
                help_text="Sources of usage events whose repeated id with other content replaces the event.",
                size=None,
            ),
        ),
        migrations.AddConstraint(
            model_name="brand",
            constraint=models.CheckConstraint(
                condition=models.Q(("event_identity__in", ["id", "id_and_timestamp"])),
                name="accounts_brand_event_identity_known",
            ),
        ),
    ]
