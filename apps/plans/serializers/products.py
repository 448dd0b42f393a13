"""Products as the API shows and reads them."""

from __future__ import annotations

from rest_framework import serializers

from apps.core.api.fields import ObjectType, Rfc3339UtcField
from apps.core.api.strict import StrictSerializer
from apps.plans.models import Product

CODE = r"^[A-Za-z0-9_-]{1,60}$"
TAX_CODE = r"^[A-Za-z0-9_.-]{1,40}$"


class ProductSerializer(serializers.ModelSerializer[Product]):
    id = serializers.CharField(source="public_id", read_only=True)
    object = ObjectType("product")
    created_at = Rfc3339UtcField(read_only=True)

    class Meta:
        model = Product
        fields = ("id", "object", "code", "name", "description", "tax_code", "created_at")
        read_only_fields = fields


class UpdateProductInput(StrictSerializer):
    name = serializers.CharField(required=False, max_length=120)
    description = serializers.CharField(required=False, allow_blank=True, max_length=5000)
    tax_code = serializers.RegexField(
        TAX_CODE, required=False, help_text="What it is to a tax table: standard (the default), reduced …"
    )


class CreateProductInput(UpdateProductInput):
    code = serializers.RegexField(CODE)
    name = serializers.CharField(max_length=120)
