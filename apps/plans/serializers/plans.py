"""Plans as the API shows and reads them."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from apps.core.api.fields import ObjectType, Rfc3339UtcField
from apps.core.api.strict import StrictSerializer
from apps.plans.models import Plan
from apps.plans.serializers.products import CODE
from apps.plans.serializers.versions import PlanVersionSerializer


class PlanSerializer(serializers.ModelSerializer[Plan]):
    """`current_version` comes from the context's `versions`, by plan id: one query for a whole page."""

    id = serializers.CharField(source="public_id", read_only=True)
    object = ObjectType("plan")
    product = serializers.CharField(source="product.code", read_only=True)
    archived_at = Rfc3339UtcField(read_only=True, allow_null=True)
    created_at = Rfc3339UtcField(read_only=True)
    current_version = serializers.SerializerMethodField()

    class Meta:
        model = Plan
        fields = (
            "id",
            "object",
            "code",
            "product",
            "name",
            "description",
            "is_free",
            "is_public",
            "position",
            "archived_at",
            "created_at",
            "current_version",
        )
        read_only_fields = fields

    @extend_schema_field(PlanVersionSerializer(allow_null=True))
    def get_current_version(self, row: Plan) -> dict[str, Any] | None:
        version = self.context["versions"].get(row.pk)
        return None if version is None else dict(PlanVersionSerializer(version).data)


class UpdatePlanInput(StrictSerializer):
    name = serializers.CharField(required=False, max_length=120)
    description = serializers.CharField(required=False, allow_blank=True, max_length=5000)
    is_public = serializers.BooleanField(required=False)
    position = serializers.IntegerField(required=False, min_value=0, max_value=32767)
    archived = serializers.BooleanField(required=False, help_text="An archived plan is not sold.")


class CreatePlanInput(StrictSerializer):
    product = serializers.CharField(max_length=60, help_text="Id or code of a product.")
    code = serializers.RegexField(CODE)
    name = serializers.CharField(max_length=120)
    description = serializers.CharField(required=False, allow_blank=True, max_length=5000)
    is_free = serializers.BooleanField(required=False)
    is_public = serializers.BooleanField(required=False)
    position = serializers.IntegerField(required=False, min_value=0, max_value=32767)
