from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("notifications", "0002_credit_note_mails"),
    ]

    operations = [
        migrations.AlterField(
            model_name="mail",
            name="kind",
            field=models.CharField(
                choices=[
                    ("invoice", "Invoice"),
                    ("receipt", "Receipt"),
                    ("credit_note", "Credit note"),
                    ("payment_failed", "Payment failed"),
                    ("payment_action", "Confirmation needed"),
                    ("payment_reminder", "Payment reminder"),
                    ("final_notice", "Last notice"),
                    ("card_expiring", "Card expires soon"),
                    ("trial_ending", "Trial ends soon"),
                    ("trial_converted", "Trial converted"),
                    ("trial_downgraded", "Trial ended: free plan"),
                    ("subscription_canceled", "Subscription canceled"),
                    ("cancel_scheduled", "Cancellation scheduled"),
                    ("plan_changed", "Plan changed"),
                    ("member_invited", "Invitation"),
                ],
                max_length=30,
            ),
        ),
    ]
