"""Quotes as the API shows them."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from apps.billing.quote_figures import QuotedCode, QuotePreview
from apps.billing.quote_links import quote_link
from apps.billing.request_serializers import PreviewEffectSerializer
from apps.core.api.fields import MinorUnits, ObjectType, Rfc3339UtcField
from apps.invoices.models import Quote


class QuotedCodeSerializer(serializers.Serializer[QuotedCode]):
    code = serializers.CharField()
    coupon = serializers.CharField(help_text="Id of what it redeems; empty where it is refused.")
    name = serializers.CharField()
    refusal = serializers.CharField(help_text="Why it does not count any more; empty where it does.")


class QuotePreviewSerializer(serializers.Serializer[QuotePreview]):
    """What the offer comes to. Every bill is whole: with discounts, taxes by rate, totals and traces."""

    at = Rfc3339UtcField(help_text="When this was worked out: the customer's present.")
    starts_at = Rfc3339UtcField()
    trial_ends_at = Rfc3339UtcField(allow_null=True)
    plan = serializers.CharField(source="version.plan.code")
    plan_name = serializers.CharField(source="version.plan.name")
    plan_version = serializers.IntegerField(source="version.number")
    prices = serializers.SerializerMethodField(help_text="Ids, in their order.")
    currency = serializers.CharField()
    quantity = serializers.IntegerField()
    promotion_codes = QuotedCodeSerializer(source="codes", many=True)
    first = PreviewEffectSerializer(allow_null=True, help_text="The first bill: after the trial, if any.")
    next = PreviewEffectSerializer(allow_null=True, help_text="The bill after it, with the assumed usage.")
    tax_problem = serializers.CharField(help_text="Why the tax is not known; empty where it is.")
    figures = serializers.CharField(help_text="Equal for equal prices, coupons, taxes and amounts.")

    def get_prices(self, preview: QuotePreview) -> list[str]:
        return [price.public_id for price in preview.prices]


class QuoteSerializer(serializers.ModelSerializer[Quote]):
    """A kept quote, in a list: without its bills."""

    id = serializers.CharField(source="public_id", read_only=True)
    object = ObjectType("quote")
    customer = serializers.CharField(source="customer.public_id", read_only=True)
    plan = serializers.CharField(source="plan_version.plan.code", read_only=True)
    plan_version = serializers.IntegerField(source="plan_version.number", read_only=True)
    subscription = serializers.CharField(
        source="subscription.public_id", read_only=True, allow_null=True, default=None
    )
    first_total_minor = MinorUnits(read_only=True)
    next_total_minor = MinorUnits(read_only=True, allow_null=True)
    url = serializers.SerializerMethodField(help_text="The page where the customer accepts it.")
    created_at = Rfc3339UtcField(read_only=True)
    expires_at = Rfc3339UtcField(read_only=True)
    closed_at = Rfc3339UtcField(read_only=True, allow_null=True)

    class Meta:
        model = Quote
        fields: tuple[str, ...] = (
            "id",
            "object",
            "customer",
            "status",
            "plan",
            "plan_version",
            "currency",
            "memo",
            "first_total_minor",
            "next_total_minor",
            "subscription",
            "url",
            "created_at",
            "expires_at",
            "closed_at",
        )
        read_only_fields = fields

    def get_url(self, quote: Quote) -> str:
        return quote_link(quote)


class QuoteWithPreviewSerializer(QuoteSerializer):
    preview = serializers.SerializerMethodField(help_text="As it was shown when the quote was made.")

    class Meta(QuoteSerializer.Meta):
        fields = (*QuoteSerializer.Meta.fields, "preview")
        read_only_fields = fields

    @extend_schema_field(QuotePreviewSerializer)
    def get_preview(self, quote: Quote) -> dict[str, Any]:
        return dict(quote.preview)


class QuotedSerializer(serializers.Serializer[Any]):
    """The answer to a question what something would cost; `quote` where it was to be kept."""

    object = ObjectType("quoted")
    quote = QuoteSerializer(allow_null=True)
    preview = QuotePreviewSerializer()


class InvoicePreviewSerializer(serializers.Serializer[Any]):
    """Invoices as they would be issued; nothing was kept."""

    object = ObjectType("invoice_preview")
    customer = serializers.CharField()
    bill = PreviewEffectSerializer(allow_null=True, help_text="Null where nothing is billed.")


def rendered_preview(preview: QuotePreview) -> dict[str, Any]:
    """A preview as plain values, as the API shows it and a quote keeps it."""
    return dict(QuotePreviewSerializer(preview).data)
