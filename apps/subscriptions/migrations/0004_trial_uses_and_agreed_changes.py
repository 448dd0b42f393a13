"""Agreed terms (quantities by price, billing days, several planned changes) and who had which trial."""

from __future__ import annotations

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0005_one_trial_per_customer"),
        ("customers", "0004_invoice_grace"),
        ("plans", "0004_freeze_policies"),
        ("subscriptions", "0003_metered_and_late"),
    ]

    operations = [
        migrations.CreateModel(
            name="TrialUse",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("livemode", models.BooleanField(default=False)),
                ("mailbox_sha256", models.CharField(max_length=64)),
                ("card_fingerprint", models.CharField(blank=True, max_length=64)),
                ("started_at", models.DateTimeField(help_text="When the first trial began.")),
            ],
        ),
        migrations.RemoveConstraint(
            model_name="scheduledchange",
            name="subscriptions_change_one_planned_at",
        ),
        migrations.RemoveConstraint(
            model_name="scheduledchange",
            name="subscriptions_change_kind_known",
        ),
        migrations.AddField(
            model_name="scheduledchange",
            name="billing_day",
            field=models.PositiveSmallIntegerField(
                blank=True,
                help_text="Day of the month, 1 to 31, to which periods are aligned from then.",
                null=True,
            ),
        ),
        migrations.AddField(
            model_name="scheduledchange",
            name="quantities",
            field=models.JSONField(
                blank=True, db_default={}, default=dict, help_text="Quantity by price code; others stay."
            ),
        ),
        migrations.AddField(
            model_name="subscription",
            name="quantities",
            field=models.JSONField(
                blank=True,
                db_default={},
                default=dict,
                help_text="Of seat prices whose quantity is another one: quantity by price code.",
            ),
        ),
        migrations.AlterField(
            model_name="scheduledchange",
            name="kind",
            field=models.CharField(
                choices=[
                    ("cancel", "Cancel"),
                    ("plan", "Change plan"),
                    ("quantity", "Change quantity"),
                    ("pause", "Pause"),
                    ("resume", "Resume"),
                    ("billing_day", "Move billing day"),
                ],
                max_length=12,
            ),
        ),
        migrations.AlterField(
            model_name="scheduledchange",
            name="reason",
            field=models.CharField(
                blank=True,
                choices=[
                    ("too_expensive", "It is too expensive"),
                    ("missing_features", "Features are missing"),
                    ("switched_service", "I switched to another service"),
                    ("unused", "I do not use it enough"),
                    ("customer_service", "Customer service was not good enough"),
                    ("low_quality", "The quality was not good enough"),
                    ("too_complex", "It is too complicated"),
                    ("other", "Another reason"),
                    ("payment_failed", "Payment failed"),
                    ("trial_ended", "Trial ended"),
                    ("replaced", "Replaced by another plan"),
                    ("term_ended", "The agreed term ended"),
                    ("parent_ended", "What it was added to ended"),
                ],
                max_length=20,
            ),
        ),
        migrations.AlterField(
            model_name="subscription",
            name="cancel_reason",
            field=models.CharField(
                blank=True,
                choices=[
                    ("too_expensive", "It is too expensive"),
                    ("missing_features", "Features are missing"),
                    ("switched_service", "I switched to another service"),
                    ("unused", "I do not use it enough"),
                    ("customer_service", "Customer service was not good enough"),
                    ("low_quality", "The quality was not good enough"),
                    ("too_complex", "It is too complicated"),
                    ("other", "Another reason"),
                    ("payment_failed", "Payment failed"),
                    ("trial_ended", "Trial ended"),
                    ("replaced", "Replaced by another plan"),
                    ("term_ended", "The agreed term ended"),
                    ("parent_ended", "What it was added to ended"),
                ],
                max_length=20,
            ),
        ),
        migrations.AddConstraint(
            model_name="scheduledchange",
            constraint=models.UniqueConstraint(
                condition=models.Q(("planned", True), ("status", "pending")),
                fields=("subscription", "effective_at", "kind"),
                name="subscriptions_change_one_planned_at",
            ),
        ),
        migrations.AddConstraint(
            model_name="scheduledchange",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("kind__in", ["cancel", "plan", "quantity", "pause", "resume", "billing_day"])
                ),
                name="subscriptions_change_kind_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="scheduledchange",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("billing_day", None),
                    models.Q(("billing_day__gte", 1), ("billing_day__lte", 31)),
                    _connector="OR",
                ),
                name="subscriptions_change_billing_day_in_month",
            ),
        ),
        migrations.AddField(
            model_name="trialuse",
            name="brand",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.brand"
            ),
        ),
        migrations.AddField(
            model_name="trialuse",
            name="customer",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="customers.customer"
            ),
        ),
        migrations.AddField(
            model_name="trialuse",
            name="plan",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="plans.plan"
            ),
        ),
        migrations.AddIndex(
            model_name="trialuse",
            index=models.Index(fields=["plan", "mailbox_sha256"], name="subscriptions_trial_mailbox"),
        ),
        migrations.AddIndex(
            model_name="trialuse",
            index=models.Index(
                condition=models.Q(("card_fingerprint", ""), _negated=True),
                fields=["plan", "card_fingerprint"],
                name="subscriptions_trial_card",
            ),
        ),
        migrations.AddConstraint(
            model_name="trialuse",
            constraint=models.UniqueConstraint(
                fields=("customer", "plan"), name="subscriptions_trial_use_once"
            ),
        ),
    ]
