from __future__ import annotations

import django.core.validators
import django.db.models.deletion
from django.db import migrations, models

import apps.core.public_ids


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0007_bank_account"),
        ("billing", "0003_late_usage_search"),
        ("customers", "0005_tax_exemption"),
        ("invoices", "0017_credit_note_taxes_add_up"),
        ("payments", "0005_subjects_of_messages"),
        ("plans", "0006_tax"),
    ]

    operations = [
        migrations.CreateModel(
            name="DunningPolicyPlan",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="DunningStep",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "day",
                    models.PositiveSmallIntegerField(
                        help_text="Days after the first failure.",
                        validators=[django.core.validators.MaxValueValidator(365)],
                    ),
                ),
                (
                    "action",
                    models.CharField(
                        choices=[
                            ("retry", "Try the charge again"),
                            ("mail", "Write to the customer"),
                            ("restrict", "Access read-only"),
                            ("suspend", "Access suspended"),
                            ("downgrade", "Move to another plan"),
                            ("cancel", "Cancel the subscription"),
                            ("write_off", "Write the invoice off"),
                        ],
                        max_length=12,
                    ),
                ),
                (
                    "mail",
                    models.CharField(
                        blank=True,
                        choices=[("reminder", "Reminder"), ("final_notice", "Last notice")],
                        max_length=20,
                    ),
                ),
            ],
            options={
                "ordering": ["day", "id"],
            },
        ),
        migrations.CreateModel(
            name="DunningStepTaken",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("day", models.PositiveSmallIntegerField()),
                (
                    "action",
                    models.CharField(
                        choices=[
                            ("retry", "Try the charge again"),
                            ("mail", "Write to the customer"),
                            ("restrict", "Access read-only"),
                            ("suspend", "Access suspended"),
                            ("downgrade", "Move to another plan"),
                            ("cancel", "Cancel the subscription"),
                            ("write_off", "Write the invoice off"),
                        ],
                        max_length=12,
                    ),
                ),
                ("taken_at", models.DateTimeField()),
                ("problem", models.TextField(blank=True)),
            ],
            options={
                "verbose_name_plural": "dunning steps taken",
                "ordering": ["day", "id"],
            },
        ),
        migrations.AddField(
            model_name="collectioncase",
            name="next_step_at",
            field=models.DateTimeField(blank=True, help_text="The next step that is no charge.", null=True),
        ),
        migrations.AddField(
            model_name="collectioncase",
            name="restriction",
            field=models.CharField(
                blank=True,
                choices=[("full", "Full"), ("read_only", "Read-only"), ("suspended", "Suspended")],
                max_length=10,
            ),
        ),
        migrations.AlterField(
            model_name="collectioncase",
            name="next_attempt_at",
            field=models.DateTimeField(
                blank=True,
                help_text="The next charge; of a case that waits, the end of its timeline.",
                null=True,
            ),
        ),
        migrations.CreateModel(
            name="CardExpiryNotice",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("exp_year", models.PositiveSmallIntegerField()),
                ("exp_month", models.PositiveSmallIntegerField()),
                ("days_before", models.PositiveSmallIntegerField()),
                (
                    "announced_at",
                    models.DateTimeField(
                        blank=True,
                        help_text="In the customer's time; empty where it was too late to tell.",
                        null=True,
                    ),
                ),
                (
                    "payment_method",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="payments.paymentmethod",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="DunningPolicy",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "public_id",
                    apps.core.public_ids.PublicIdField(
                        editable=False, max_length=40, prefix="dun", unique=True
                    ),
                ),
                ("name", models.CharField(max_length=80)),
                ("is_default", models.BooleanField(default=False)),
                ("created_at", models.DateTimeField()),
                (
                    "brand",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.brand"
                    ),
                ),
            ],
            options={
                "verbose_name_plural": "dunning policies",
            },
        ),
        migrations.AddField(
            model_name="collectioncase",
            name="policy",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="billing.dunningpolicy",
            ),
        ),
        migrations.AddIndex(
            model_name="collectioncase",
            index=models.Index(
                condition=models.Q(("next_step_at__isnull", False)),
                fields=["next_step_at"],
                name="billing_case_step_due",
            ),
        ),
        migrations.AddField(
            model_name="dunningpolicyplan",
            name="brand",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.brand"
            ),
        ),
        migrations.AddField(
            model_name="dunningpolicyplan",
            name="plan",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="plans.plan"
            ),
        ),
        migrations.AddField(
            model_name="dunningpolicyplan",
            name="policy",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="plans", to="billing.dunningpolicy"
            ),
        ),
        migrations.AddField(
            model_name="dunningstep",
            name="policy",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="steps", to="billing.dunningpolicy"
            ),
        ),
        migrations.AddField(
            model_name="dunningstep",
            name="to_plan",
            field=models.ForeignKey(
                blank=True,
                help_text="Of a downgrade: the plan to move to.",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="plans.plan",
            ),
        ),
        migrations.AddField(
            model_name="dunningsteptaken",
            name="case",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="steps_taken",
                to="billing.collectioncase",
            ),
        ),
        migrations.AddConstraint(
            model_name="cardexpirynotice",
            constraint=models.UniqueConstraint(
                fields=("payment_method", "exp_year", "exp_month", "days_before"),
                name="billing_expiry_notice_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="dunningpolicy",
            constraint=models.UniqueConstraint(
                condition=models.Q(("is_default", True)),
                fields=("brand",),
                name="billing_dunning_one_default",
            ),
        ),
        migrations.AddConstraint(
            model_name="dunningpolicy",
            constraint=models.UniqueConstraint(fields=("brand", "name"), name="billing_dunning_name_once"),
        ),
        migrations.AddConstraint(
            model_name="dunningpolicyplan",
            constraint=models.UniqueConstraint(fields=("brand", "plan"), name="billing_dunning_plan_once"),
        ),
        migrations.AddConstraint(
            model_name="dunningstep",
            constraint=models.UniqueConstraint(
                fields=("policy", "day", "action"), name="billing_dunning_step_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="dunningstep",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "action__in",
                        ["retry", "mail", "restrict", "suspend", "downgrade", "cancel", "write_off"],
                    )
                ),
                name="billing_dunning_action_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="dunningstep",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("action", "mail"), ("mail__in", ["reminder", "final_notice"])),
                    models.Q(models.Q(("action", "mail"), _negated=True), ("mail", "")),
                    _connector="OR",
                ),
                name="billing_dunning_mail_names_its_words",
            ),
        ),
        migrations.AddConstraint(
            model_name="dunningstep",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("action", "downgrade"), ("to_plan__isnull", False)),
                    models.Q(models.Q(("action", "downgrade"), _negated=True), ("to_plan__isnull", True)),
                    _connector="OR",
                ),
                name="billing_dunning_downgrade_names_its_plan",
            ),
        ),
        migrations.AddConstraint(
            model_name="dunningsteptaken",
            constraint=models.UniqueConstraint(
                fields=("case", "day", "action"), name="billing_step_taken_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="dunningsteptaken",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "action__in",
                        ["retry", "mail", "restrict", "suspend", "downgrade", "cancel", "write_off"],
                    )
                ),
                name="billing_step_taken_action_known",
            ),
        ),
    ]
