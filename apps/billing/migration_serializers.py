"""How the API reads and shows the migration of a plan's subscribers to another version."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from apps.billing.services.subscriptions.migrate_subscribers import Migrated, Migration, MigrationTotal
from apps.core.api.fields import MinorUnits, ObjectType, Rfc3339UtcField
from apps.core.api.strict import StrictSerializer


class MigrateSubscribersInput(StrictSerializer):
    from_version = serializers.IntegerField(
        required=False, min_value=1, help_text="Only those of this version; of every other one without."
    )
    to_version = serializers.IntegerField(min_value=1, help_text="A published version.")
    dry_run = serializers.BooleanField(default=True, help_text="False schedules the changes.")


class MigratedSerializer(serializers.Serializer[Migrated]):
    """One subscriber; fees are those of a whole billing period, without usage."""

    subscription = serializers.CharField(source="subscription.public_id")
    customer = serializers.CharField(source="subscription.customer.public_id")
    from_version = serializers.IntegerField()
    effective_at = Rfc3339UtcField(help_text="When its paid period or trial ends.")
    quantity = serializers.IntegerField(source="subscription.quantity")
    currency = serializers.CharField(source="subscription.currency")
    fee_now_minor = MinorUnits()
    fee_then_minor = MinorUnits()
    left_because = serializers.CharField(help_text="Why it stays as it is; empty when it goes over.")


class MigrationTotalSerializer(serializers.Serializer[MigrationTotal]):
    currency = serializers.CharField()
    subscriptions = serializers.IntegerField()
    fee_now_minor = MinorUnits()
    fee_then_minor = MinorUnits()


class PlanMigrationSerializer(serializers.Serializer[Migration]):
    """What became of the subscribers of a plan, or would become of them in a dry run."""

    object = ObjectType("plan_migration")
    plan = serializers.CharField(source="plan.code")
    to_version = serializers.IntegerField()
    dry_run = serializers.BooleanField()
    subscriptions: Any = MigratedSerializer(source="rows", many=True)
    totals = MigrationTotalSerializer(many=True)
