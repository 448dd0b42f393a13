"""Let a draft wait for late usage; find the lines of a subscription item at once."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    # PostgreSQL builds no index concurrently inside a transaction.
    atomic = False
    dependencies: ClassVar = [
        ("accounts", "0004_invoice_grace"),
        ("customers", "0004_invoice_grace"),
        ("invoices", "0004_freeze_credit_notes"),
        ("subscriptions", "0003_metered_and_late"),
    ]

    operations: ClassVar = [
        migrations.AddField(
            model_name="invoice",
            name="finalize_at",
            field=models.DateTimeField(
                blank=True,
                help_text="When a draft that waits for late usage is finalised by itself.",
                null=True,
            ),
        ),
        migrations.AlterField(
            model_name="invoiceline",
            name="kind",
            field=models.CharField(
                choices=[
                    ("recurring", "Recurring fee"),
                    ("usage", "Usage"),
                    ("base", "Base fee of usage"),
                    ("in_advance", "Usage billed at once"),
                    ("progressive", "Usage so far"),
                    ("credit", "Credit for an unused part"),
                    ("true_up", "Minimum of a charge"),
                    ("commitment", "Minimum commitment"),
                ],
                max_length=12,
            ),
        ),
        AddIndexConcurrently(
            model_name="invoice",
            index=models.Index(
                condition=models.Q(("finalize_at__isnull", False), ("status", "draft")),
                fields=["customer", "finalize_at"],
                name="invoices_invoice_waiting",
            ),
        ),
        AddIndexConcurrently(
            model_name="invoiceline",
            index=models.Index(fields=["item_id", "period_starts_at"], name="invoices_line_item_period"),
        ),
    ]
