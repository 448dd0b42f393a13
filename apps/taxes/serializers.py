"""Registrations, rates and checked ids as the API shows and reads them. Percentages are decimal strings."""

from __future__ import annotations

from rest_framework import serializers

from apps.core.api.fields import DecimalString, ObjectType, Rfc3339UtcField
from apps.core.api.strict import StrictSerializer
from apps.taxes.enums import (
    CheckSource,
    ConsumersAbroad,
    IdKind,
    RateKind,
    RateLevel,
    Scheme,
    UncheckedId,
)
from apps.taxes.models import TaxIdCheck, TaxRate, TaxRegistration

UNCHECKED = "unchecked"


class TaxRateSerializer(serializers.ModelSerializer[TaxRate]):
    """A percentage of one jurisdiction for one tax code, from a day (inclusive) to a day (exclusive)."""

    id = serializers.CharField(source="public_id", read_only=True)
    object = ObjectType("tax_rate")
    percent = DecimalString(read_only=True)
    level = serializers.ChoiceField(RateLevel.choices, read_only=True)
    kind = serializers.ChoiceField(RateKind.choices, read_only=True)

    class Meta:
        model = TaxRate
        fields = (
            "id",
            "object",
            "country",
            "region",
            "level",
            "postal_prefix",
            "city",
            "tax_code",
            "kind",
            "name",
            "percent",
            "valid_from",
            "valid_to",
            "source",
        )
        read_only_fields = fields


class TaxRegistrationSerializer(serializers.ModelSerializer[TaxRegistration]):
    """Where the brand collects tax, and under which law; the same in both modes."""

    id = serializers.CharField(source="public_id", read_only=True)
    object = ObjectType("tax_registration")
    scheme = serializers.ChoiceField(Scheme.choices, read_only=True)
    unchecked_ids = serializers.ChoiceField(UncheckedId.choices, read_only=True)
    consumers_abroad = serializers.ChoiceField(ConsumersAbroad.choices, read_only=True)
    created_at = Rfc3339UtcField(read_only=True)

    class Meta:
        model = TaxRegistration
        fields = (
            "id",
            "object",
            "country",
            "region",
            "scheme",
            "number",
            "unchecked_ids",
            "consumers_abroad",
            "valid_from",
            "valid_to",
            "created_at",
        )
        read_only_fields = fields


class TaxRegistrationInput(StrictSerializer):
    country = serializers.CharField(min_length=2, max_length=2, help_text="ISO 3166-1 alpha-2.")
    scheme = serializers.ChoiceField(Scheme.choices)
    valid_from = serializers.DateField(help_text="The first day, in the brand's time zone.")
    valid_to = serializers.DateField(
        required=False, allow_null=True, default=None, help_text="The first day without it."
    )
    region = serializers.CharField(
        required=False, default="", allow_blank=True, max_length=60, help_text="State of India or the US."
    )
    number = serializers.CharField(required=False, default="", allow_blank=True, max_length=40)
    unchecked_ids = serializers.ChoiceField(UncheckedId.choices, required=False, default=UncheckedId.CHARGE)
    consumers_abroad = serializers.ChoiceField(
        ConsumersAbroad.choices, required=False, default=ConsumersAbroad.ASK
    )


class CustomerTaxIdSerializer(serializers.ModelSerializer[TaxIdCheck]):
    """A customer's tax id and what is known of it; `status` is `unchecked` where nobody has looked at it."""

    object = ObjectType("customer_tax_id")
    customer = serializers.CharField(source="customer.public_id", read_only=True)
    tax_id = serializers.CharField(read_only=True, help_text="As the customer gave it; empty without one.")
    kind = serializers.ChoiceField(IdKind.choices, read_only=True)
    status = serializers.SerializerMethodField()
    source = serializers.ChoiceField(  # type: ignore[assignment]
        CheckSource.choices, read_only=True, allow_blank=True
    )
    answered_at = Rfc3339UtcField(read_only=True, allow_null=True)
    next_ask_at = Rfc3339UtcField(read_only=True, allow_null=True)

    class Meta:
        model = TaxIdCheck
        fields = (
            "object",
            "customer",
            "tax_id",
            "number",
            "country",
            "kind",
            "status",
            "source",
            "consultation_number",
            "registered_name",
            "registered_address",
            "problem",
            "answered_at",
            "next_ask_at",
        )
        read_only_fields = fields

    def get_status(self, check: TaxIdCheck) -> str:
        return check.status if check.pk else UNCHECKED
