from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0008_refund_approval"),
        ("customers", "0005_tax_exemption"),
        ("payments", "0007_reconciliation"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="paymentmethod",
            index=models.Index(
                condition=models.Q(
                    ("status", "active"),
                    models.Q(("is_default", True), ("is_backup", True), _connector="OR"),
                    ("exp_month__isnull", False),
                    ("exp_year__isnull", False),
                ),
                fields=["exp_year", "exp_month"],
                name="payments_method_expiry",
            ),
        ),
    ]
