"""Checkout and portal sessions as the API reads and shows them. A link is shown once, to whoever opens it."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from apps.billing.serializers import MAX_QUANTITY
from apps.core.api.expand import ExpandableField
from apps.core.api.fields import MetadataField, ObjectType, Rfc3339UtcField, WebAddress
from apps.core.api.strict import StrictSerializer
from apps.customers.serializers import CreateCustomerInput, CustomerSerializer
from apps.portal.enums import SessionStatus
from apps.portal.links import checkout_link, portal_link
from apps.portal.models import CheckoutSession, PortalSession
from apps.portal.services.open_checkout import CheckoutOffer
from apps.subscriptions.serializers import SubscribedPlanSerializer


class CreateCheckoutSessionInput(StrictSerializer):
    """Exactly one of `customer` and `customer_data` says who buys."""

    customer = serializers.CharField(
        required=False, max_length=255, help_text="Id or external id of a customer."
    )
    customer_data = CreateCustomerInput(required=False)
    plan = serializers.CharField(max_length=60, help_text="Code of a plan.")
    currency = serializers.CharField(
        required=False, default="", min_length=3, max_length=3, help_text="ISO 4217; the customer's without."
    )
    quantity = serializers.IntegerField(required=False, default=1, min_value=1, max_value=MAX_QUANTITY)
    success_url = WebAddress(help_text="Where the browser goes when the plan is bought.")
    cancel_url = WebAddress(required=False, default="", help_text="Where it goes when the buyer turns back.")
    metadata = MetadataField(required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if ("customer" in attrs) == ("customer_data" in attrs):
            raise serializers.ValidationError({"customer": "Send either customer or customer_data."})
        return attrs


class CreatePortalSessionInput(StrictSerializer):
    customer = serializers.CharField(max_length=255, help_text="Id or external id of a customer.")
    return_url = WebAddress(required=False, default="", help_text="Where the portal's way back leads.")


class CheckoutSessionSerializer(serializers.ModelSerializer[CheckoutSession]):
    """Needs `now` (real time) in its context, and `with_link` to show the link."""

    id = serializers.CharField(source="public_id", read_only=True)
    object = ObjectType("checkout_session")
    customer = ExpandableField(serializer=CustomerSerializer)
    plan = SubscribedPlanSerializer(source="plan_version", read_only=True)
    status = serializers.SerializerMethodField()
    url = serializers.SerializerMethodField(help_text="Only in the answer that opens the session.")
    subscription = serializers.CharField(
        source="subscription.public_id", read_only=True, allow_null=True, default=None
    )
    metadata = MetadataField(read_only=True)
    created_at = Rfc3339UtcField(read_only=True)
    expires_at = Rfc3339UtcField(read_only=True)
    completed_at = Rfc3339UtcField(read_only=True, allow_null=True)

    class Meta:
        model = CheckoutSession
        fields = (
            "id",
            "object",
            "livemode",
            "customer",
            "plan",
            "currency",
            "quantity",
            "status",
            "url",
            "success_url",
            "cancel_url",
            "subscription",
            "metadata",
            "created_at",
            "expires_at",
            "completed_at",
        )
        read_only_fields = fields

    @extend_schema_field(serializers.ChoiceField(SessionStatus.choices))
    def get_status(self, row: CheckoutSession) -> str:
        over = row.status == SessionStatus.OPEN and row.expires_at <= self.context["now"]
        return SessionStatus.EXPIRED if over else row.status

    @extend_schema_field({"type": ["string", "null"], "format": "uri"})
    def get_url(self, row: CheckoutSession) -> str | None:
        return checkout_link(row) if self.context.get("with_link") else None


class PortalSessionSerializer(serializers.ModelSerializer[PortalSession]):
    id = serializers.CharField(source="public_id", read_only=True)
    object = ObjectType("portal_session")
    customer = ExpandableField(serializer=CustomerSerializer)
    url = serializers.SerializerMethodField()
    created_at = Rfc3339UtcField(read_only=True)
    expires_at = Rfc3339UtcField(read_only=True)

    class Meta:
        model = PortalSession
        fields = ("id", "object", "livemode", "customer", "url", "return_url", "created_at", "expires_at")
        read_only_fields = fields

    @extend_schema_field({"type": ["string", "null"], "format": "uri"})
    def get_url(self, row: PortalSession) -> str | None:
        return portal_link(row)


def offer_of(values: dict[str, Any]) -> CheckoutOffer:
    """The validated fields of CreateCheckoutSessionInput as what is offered."""
    return CheckoutOffer(
        plan_code=values["plan"],
        currency=values["currency"].upper(),
        quantity=values["quantity"],
        success_url=values["success_url"],
        cancel_url=values["cancel_url"],
        metadata=values.get("metadata", {}),
    )
