"""Subscriptions as the API shows them."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from apps.core.api.expand import ExpandableField
from apps.core.api.fields import MetadataField, ObjectType, Rfc3339UtcField
from apps.customers.serializers import CustomerSerializer
from apps.plans.models import PlanVersion
from apps.plans.serializers import PriceSerializer
from apps.subscriptions.enums import CancelReason, UnusedPart
from apps.subscriptions.models import ScheduledChange, Subscription, SubscriptionItem


class QuantitiesField(serializers.DictField):
    """Quantities of single seat prices, by price code."""

    child = serializers.IntegerField(min_value=1)


class SubscribedPlanSerializer(serializers.ModelSerializer[PlanVersion]):
    """Which version of which plan: its prices are pinned until the plan is changed."""

    code = serializers.CharField(source="plan.code", read_only=True)
    name = serializers.CharField(source="plan.name", read_only=True)
    version = serializers.IntegerField(source="number", read_only=True)

    class Meta:
        model = PlanVersion
        fields = ("code", "name", "version")
        read_only_fields = fields


class SubscriptionItemSerializer(serializers.ModelSerializer[SubscriptionItem]):
    id = serializers.CharField(source="public_id", read_only=True)
    object = ObjectType("subscription_item")
    price = PriceSerializer(read_only=True)
    starts_at = Rfc3339UtcField(read_only=True)

    class Meta:
        model = SubscriptionItem
        fields = ("id", "object", "price", "quantity", "starts_at")
        read_only_fields = fields


class ScheduledChangeSerializer(serializers.ModelSerializer[ScheduledChange]):
    """What happens at `effective_at`, unless it is undone before; a planned one was agreed beforehand."""

    id = serializers.CharField(source="public_id", read_only=True)
    object = ObjectType("scheduled_change")
    quantities = QuantitiesField(read_only=True)
    plan = SubscribedPlanSerializer(source="plan_version", read_only=True, allow_null=True)
    effective_at = Rfc3339UtcField(read_only=True)
    reason = serializers.ChoiceField(CancelReason.choices, allow_blank=True, read_only=True)
    unused_part = serializers.ChoiceField(
        UnusedPart.choices, allow_blank=True, read_only=True, help_text="Empty is the plan's policy."
    )
    requested_at = Rfc3339UtcField(read_only=True)
    settled_at = Rfc3339UtcField(read_only=True, allow_null=True)

    class Meta:
        model = ScheduledChange
        fields = (
            "id",
            "object",
            "kind",
            "status",
            "planned",
            "effective_at",
            "plan",
            "quantity",
            "quantities",
            "billing_day",
            "prorates",
            "restarts_period",
            "unused_part",
            "reason",
            "comment",
            "requested_at",
            "settled_at",
        )
        read_only_fields = fields


class SubscriptionSerializer(serializers.ModelSerializer[Subscription]):
    """Reads rows of `subscriptions_with_parts`, which loads items and pending changes."""

    id = serializers.CharField(source="public_id", read_only=True)
    object = ObjectType("subscription")
    customer = ExpandableField(serializer=CustomerSerializer)
    plan = SubscribedPlanSerializer(source="plan_version", read_only=True)
    items = SubscriptionItemSerializer(source="running_items", many=True, read_only=True)
    quantities = QuantitiesField(read_only=True, help_text="Of seat prices that have one of their own.")
    parent = serializers.CharField(  # type: ignore[assignment]
        source="parent.public_id",
        read_only=True,
        allow_null=True,
        default=None,
        help_text="What it is an add-on of.",
    )
    billing_day = serializers.SerializerMethodField(help_text="Where periods are aligned to one.")
    started_at = Rfc3339UtcField(read_only=True)
    trial_ends_at = Rfc3339UtcField(read_only=True, allow_null=True)
    paused_at = Rfc3339UtcField(read_only=True, allow_null=True)
    current_period_starts_at = Rfc3339UtcField(read_only=True)
    current_period_ends_at = Rfc3339UtcField(read_only=True)
    next_bill_at = Rfc3339UtcField(read_only=True, allow_null=True)
    scheduled_change = serializers.SerializerMethodField(help_text="What comes next of what is scheduled.")
    scheduled_changes = ScheduledChangeSerializer(source="pending_changes", many=True, read_only=True)
    cancel_reason = serializers.ChoiceField(CancelReason.choices, allow_blank=True, read_only=True)
    ended_at = Rfc3339UtcField(read_only=True, allow_null=True)
    metadata = MetadataField(read_only=True)
    created_at = Rfc3339UtcField(read_only=True)

    class Meta:
        model = Subscription
        fields: tuple[str, ...] = (
            "id",
            "object",
            "livemode",
            "external_id",
            "customer",
            "plan",
            "currency",
            "quantity",
            "quantities",
            "status",
            "collection_method",
            "parent",
            "items",
            "billing_day",
            "started_at",
            "trial_ends_at",
            "paused_at",
            "current_period_starts_at",
            "current_period_ends_at",
            "next_bill_at",
            "scheduled_change",
            "scheduled_changes",
            "cancel_reason",
            "cancel_comment",
            "ended_at",
            "metadata",
            "created_at",
        )
        read_only_fields = fields

    @extend_schema_field(ScheduledChangeSerializer(allow_null=True))
    def get_scheduled_change(self, row: Any) -> dict[str, Any] | None:
        pending: list[ScheduledChange] = row.pending_changes
        return dict(ScheduledChangeSerializer(pending[0]).data) if pending else None

    def get_billing_day(self, row: Any) -> int | None:
        items: list[SubscriptionItem] = row.running_items
        return items[0].phase.billing_day if items else None
