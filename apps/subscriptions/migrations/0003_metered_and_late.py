"""Remember which subscriptions are metered, and how far closed periods were rated again."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models

_MARK_METERED = """
UPDATE subscriptions_subscription AS subscription SET is_metered = true
WHERE NOT is_metered AND EXISTS (
    SELECT 1 FROM subscriptions_subscriptionitem AS item
    JOIN plans_price AS price ON price.id = item.price_id
    WHERE item.subscription_id = subscription.id AND price.quantity_source = 'meter'
)
"""


class Migration(migrations.Migration):
    # PostgreSQL builds no index concurrently inside a transaction.
    atomic = False
    dependencies: ClassVar = [
        ("plans", "0004_freeze_policies"),
        ("subscriptions", "0002_changes_with_money"),
    ]

    operations: ClassVar = [
        migrations.AddField(
            model_name="subscription",
            name="is_metered",
            field=models.BooleanField(
                db_default=False,
                default=False,
                help_text="Whether a phase of it ever had a metered price: only then can usage be late.",
            ),
        ),
        migrations.AddField(
            model_name="subscription",
            name="late_due_at",
            field=models.DateTimeField(
                blank=True,
                help_text="Usage of closed periods changed, and no next invoice will carry it; "
                "empty once settled.",
                null=True,
            ),
        ),
        migrations.AddField(
            model_name="subscriptionperiod",
            name="rerated_below",
            field=models.BigIntegerField(
                blank=True,
                help_text="The same for the last time that it was rated again; empty until then.",
                null=True,
            ),
        ),
        migrations.RunSQL(_MARK_METERED, migrations.RunSQL.noop),
        AddIndexConcurrently(
            model_name="subscription",
            index=models.Index(
                condition=models.Q(("late_due_at__isnull", False)),
                fields=["late_due_at"],
                name="subscriptions_late_due",
            ),
        ),
    ]
