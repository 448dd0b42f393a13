"""Customers and test clocks as the API shows and reads them."""

from __future__ import annotations

from rest_framework import serializers

from apps.core.api.fields import MetadataField, ObjectType, Rfc3339UtcField
from apps.core.api.strict import StrictSerializer
from apps.customers.models import Customer, TestClock


class TestClockSerializer(serializers.ModelSerializer[TestClock]):
    id = serializers.CharField(source="public_id", read_only=True)
    object = ObjectType("test_clock")
    now_at = Rfc3339UtcField(read_only=True)
    target_at = Rfc3339UtcField(read_only=True, allow_null=True)
    created_at = Rfc3339UtcField(read_only=True)
    released_at = Rfc3339UtcField(read_only=True, allow_null=True)

    class Meta:
        model = TestClock
        fields = (
            "id",
            "object",
            "livemode",
            "name",
            "status",
            "now_at",
            "target_at",
            "failure",
            "created_at",
            "released_at",
        )
        read_only_fields = fields


class CustomerSerializer(serializers.ModelSerializer[Customer]):
    id = serializers.CharField(source="public_id", read_only=True)
    object = ObjectType("customer")
    test_clock = serializers.CharField(
        source="test_clock.public_id", read_only=True, allow_null=True, default=None
    )
    metadata = MetadataField(read_only=True)
    created_at = Rfc3339UtcField(read_only=True)

    class Meta:
        model = Customer
        fields = (
            "id",
            "object",
            "livemode",
            "external_id",
            "name",
            "email",
            "extra_recipients",
            "phone",
            "currency",
            "country",
            "address_lines",
            "postal_code",
            "city",
            "region",
            "tax_id",
            "tax_exempt",
            "tax_exempt_reason",
            "po_number",
            "time_zone",
            "locale",
            "net_terms_days",
            "billing_day",
            "invoice_grace_hours",
            "test_clock",
            "metadata",
            "created_at",
        )
        read_only_fields = fields


class CustomerInput(StrictSerializer):
    """What may be written of a customer; whether it can be true is judged by the service."""

    external_id = serializers.CharField(
        required=False, allow_null=True, max_length=255, help_text="Your own id of this customer."
    )
    name = serializers.CharField(required=False, max_length=200)
    email = serializers.EmailField(required=False)
    extra_recipients = serializers.ListField(child=serializers.EmailField(), required=False, max_length=10)
    phone = serializers.CharField(required=False, allow_blank=True, max_length=40)
    currency = serializers.CharField(required=False, min_length=3, max_length=3, help_text="ISO 4217.")
    country = serializers.CharField(
        required=False, allow_blank=True, max_length=2, help_text="ISO 3166-1 alpha-2."
    )
    address_lines = serializers.ListField(
        child=serializers.CharField(max_length=200), required=False, max_length=4
    )
    postal_code = serializers.CharField(required=False, allow_blank=True, max_length=20)
    city = serializers.CharField(required=False, allow_blank=True, max_length=100)
    region = serializers.CharField(required=False, allow_blank=True, max_length=100)
    tax_id = serializers.CharField(required=False, allow_blank=True, max_length=40)
    tax_exempt = serializers.BooleanField(
        required=False, help_text="No tax is charged; needs tax_exempt_reason beside it."
    )
    tax_exempt_reason = serializers.CharField(
        required=False, allow_blank=True, max_length=200, help_text="Stands on invoices; none while taxed."
    )
    po_number = serializers.CharField(required=False, allow_blank=True, max_length=60)
    time_zone = serializers.CharField(required=False, max_length=64, help_text="IANA name.")
    locale = serializers.CharField(required=False, max_length=10)
    net_terms_days = serializers.IntegerField(required=False, allow_null=True, min_value=0, max_value=365)
    invoice_grace_hours = serializers.IntegerField(
        required=False,
        allow_null=True,
        min_value=0,
        max_value=720,
        help_text="How long invoices of usage stay drafts; the brand's without.",
    )
    billing_day = serializers.IntegerField(
        required=False,
        allow_null=True,
        min_value=1,
        max_value=31,
        help_text="For plans aligned to one: of what begins from now on. Running periods keep theirs.",
    )
    metadata = MetadataField(required=False)


class CreateCustomerInput(CustomerInput):
    test_clock = serializers.CharField(
        required=False, max_length=40, help_text="Id of the test clock that this customer lives on."
    )


class CreateTestClockInput(StrictSerializer):
    now_at = Rfc3339UtcField(help_text="Where the clock stands at first.")
    name = serializers.CharField(required=False, allow_blank=True, max_length=120, default="")
