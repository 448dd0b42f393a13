from __future__ import annotations

from rest_framework import serializers

from apps.core.api.fields import ObjectType, Rfc3339UtcField
from apps.entitlements.enums import AccessLevel, AccessReason
from apps.entitlements.models import CustomerAccess


class CustomerAccessSerializer(serializers.ModelSerializer[CustomerAccess]):
    """How far a customer may use the product; `since_at` is null where nothing was ever changed."""

    object = ObjectType("customer_access")
    customer = serializers.CharField(source="customer.public_id", read_only=True)
    livemode = serializers.BooleanField(source="customer.livemode", read_only=True)
    level = serializers.ChoiceField(AccessLevel.choices, read_only=True)
    reason = serializers.ChoiceField(AccessReason.choices, read_only=True)
    since_at = Rfc3339UtcField(read_only=True, allow_null=True)

    class Meta:
        model = CustomerAccess
        fields = ("object", "customer", "livemode", "level", "reason", "since_at")
        read_only_fields = fields
