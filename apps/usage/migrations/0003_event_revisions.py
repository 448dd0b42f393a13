"""Let an event be amended or voided by a later version, and remember by what a brand tells events apart."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

from django.db import migrations, models

_SQL = Path(__file__).with_suffix(".sql").read_text()
_FORWARD, _REVERSE = _SQL.split("-- reverse\n")


class Migration(migrations.Migration):
    dependencies: ClassVar = [("usage", "0002_events"), ("customers", "0001_initial")]

    operations: ClassVar = [
        migrations.RunSQL(_FORWARD, _REVERSE),
        # The models are unmanaged: what follows only tells Django of the tables above.
        migrations.AddField("event", "revision", models.SmallIntegerField(default=0)),
        migrations.CreateModel(
            name="EventRevision",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "claim_id", "revision", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("claim_id", models.UUIDField()),
                ("revision", models.SmallIntegerField()),
                ("content_hash", models.BinaryField(max_length=16)),
                ("voided", models.BooleanField()),
                ("customer_id", models.BigIntegerField(null=True)),
                ("name", models.CharField(max_length=120, null=True)),
                ("timestamp", models.DateTimeField(null=True)),
                ("superseded_customer_id", models.BigIntegerField(null=True)),
                ("superseded_name", models.CharField(max_length=120, null=True)),
                ("superseded_timestamp", models.DateTimeField(null=True)),
                ("received_at", models.DateTimeField()),
                ("transaction_id", models.BigIntegerField()),
            ],
            options={"db_table": "usage_event_revision", "managed": False},
        ),
        migrations.CreateModel(
            name="FixedEventIdentity",
            fields=[
                ("brand_id", models.BigIntegerField(primary_key=True, serialize=False)),
                ("identity", models.CharField(max_length=20)),
            ],
            options={"db_table": "usage_event_identity", "managed": False},
        ),
    ]
