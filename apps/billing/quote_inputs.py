"""What the API reads of quotes and of invoices that are only looked at."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from rest_framework import serializers

from apps.billing.invoice_inputs import MOST_LINES, ManualLineInput
from apps.billing.quote_terms import Place, PrivateOffer, QuoteTerms
from apps.billing.services.subscriptions.grant_trial import MAX_TRIAL_DAYS
from apps.billing.subscription_inputs import quantities_field, quantity_field
from apps.core.api.fields import DecimalString, Rfc3339UtcField
from apps.core.api.strict import StrictSerializer
from apps.plans.serializers import CreateVersionInput, version_terms
from apps.pricing.currencies import is_currency
from apps.rating.assumed_usage import AssumedGroup, AssumedUsage
from apps.subscriptions.enums import CollectionMethod

MOST_CODES = 10
MOST_USAGE = 100
MOST_PARTS = 1000
MOST_SUBSCRIPTIONS = 50


class UsageGroupInput(StrictSerializer):
    properties = serializers.DictField(
        child=serializers.CharField(max_length=200), help_text='Of the events, such as {"region": "eu"}.'
    )
    quantity = DecimalString()


class QuotedUsageInput(StrictSerializer):
    """What is used of a price, or of all prices of a meter, in each billing period."""

    price = serializers.CharField(required=False, max_length=60, help_text="Code of a metered price.")
    meter = serializers.CharField(required=False, max_length=60, help_text="Code of a meter.")
    quantity = DecimalString(required=False, help_text="In units of the meter, as it would count them.")
    groups = UsageGroupInput(  # type: ignore[call-arg]
        many=True, required=False, max_length=MOST_PARTS, help_text="For prices that tell groups apart."
    )
    amounts = serializers.ListField(
        child=DecimalString(),
        required=False,
        max_length=MOST_PARTS,
        help_text="What each event is worth, for prices that read single events.",
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if ("price" in attrs) == ("meter" in attrs):
            raise serializers.ValidationError({"meter": "Name either a price or a meter."})
        if len(attrs.keys() & {"quantity", "groups", "amounts"}) != 1:
            raise serializers.ValidationError({"quantity": "Send one of quantity, groups and amounts."})
        return attrs


class PlaceInput(StrictSerializer):
    """Where somebody is who is no customer yet."""

    country = serializers.CharField(max_length=2, help_text="ISO 3166, two letters.")
    region = serializers.CharField(required=False, default="", allow_blank=True, max_length=100)
    postal_code = serializers.CharField(required=False, default="", allow_blank=True, max_length=20)
    city = serializers.CharField(required=False, default="", allow_blank=True, max_length=100)
    tax_id = serializers.CharField(required=False, default="", allow_blank=True, max_length=40)


class OfferInput(CreateVersionInput):
    """Prices of their own, as a version of a plan has them in the catalog."""

    name = serializers.CharField(max_length=120, help_text="What the offer is called on invoices.")
    product = serializers.CharField(
        required=False,
        default="",
        allow_blank=True,
        max_length=60,
        help_text="Code of the product whose tax code counts; one for all such offers without.",
    )


class CreateQuoteInput(StrictSerializer):
    customer = serializers.CharField(
        required=False, max_length=255, help_text="Id or external id of a customer."
    )
    place = PlaceInput(required=False, help_text="Instead of a customer: where somebody is.")
    plan = serializers.CharField(required=False, max_length=60, help_text="Code of a plan.")
    version = serializers.IntegerField(
        required=False,
        min_value=1,
        help_text="Its number: holds these prices. Without, the newest of the day counts.",
    )
    offer = OfferInput(required=False, help_text="Instead of a plan: prices of their own.")
    currency = serializers.CharField(
        required=False, default="", min_length=3, max_length=3, help_text="ISO 4217; the customer's without."
    )
    quantity = quantity_field()
    quantities = quantities_field()
    usage = QuotedUsageInput(  # type: ignore[call-arg]
        many=True, required=False, max_length=MOST_USAGE, help_text="In each billing period."
    )
    promotion_codes = serializers.ListField(
        child=serializers.CharField(max_length=60),
        required=False,
        max_length=MOST_CODES,
        help_text="Promotion codes, or codes of coupons.",
    )
    starts_at = Rfc3339UtcField(required=False, help_text="When it is accepted without.")
    trial_days = serializers.IntegerField(
        required=False,
        allow_null=True,
        default=None,
        min_value=0,
        max_value=MAX_TRIAL_DAYS,
        help_text="The plan's own trial without, which a customer has once.",
    )
    billing_day = serializers.IntegerField(required=False, min_value=1, max_value=31)
    collection_method = serializers.ChoiceField(
        CollectionMethod.choices, required=False, default=CollectionMethod.CHARGE_AUTOMATICALLY
    )
    keep = serializers.BooleanField(
        required=False, default=False, help_text="True keeps it for its customer, who may then accept it."
    )
    expires_at = Rfc3339UtcField(required=False, help_text="Of one that is kept; after 30 days without.")
    memo = serializers.CharField(
        required=False, default="", allow_blank=True, max_length=2000, help_text="What the customer reads."
    )

    def validate_currency(self, value: str) -> str:
        if value and not is_currency(value.upper()):
            raise serializers.ValidationError("This is not an ISO 4217 currency.")
        return value.upper()

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if ("customer" in attrs) == ("place" in attrs):
            raise serializers.ValidationError({"customer": "Name either a customer or a place."})
        if ("plan" in attrs) == ("offer" in attrs):
            raise serializers.ValidationError({"plan": "Name either a plan or an offer."})
        if "version" in attrs and "plan" not in attrs:
            raise serializers.ValidationError({"version": "Only a plan has versions."})
        if attrs["keep"] and "customer" not in attrs:
            raise serializers.ValidationError({"keep": "Only a quote of a customer can be kept."})
        return attrs


class AcceptQuoteInput(StrictSerializer):
    figures = serializers.CharField(
        required=False,
        default="",
        max_length=64,
        help_text="Of the preview that a 409 has answered: accepts that one instead of the kept one.",
    )


class PreviewInvoiceInput(StrictSerializer):
    customer = serializers.CharField(max_length=255, help_text="Id or external id of a customer.")
    subscriptions = serializers.ListField(
        child=serializers.CharField(max_length=255),
        required=False,
        min_length=1,
        max_length=MOST_SUBSCRIPTIONS,
        help_text="What they bill next. All that run without, unless there are lines.",
    )
    lines = ManualLineInput(  # type: ignore[call-arg]
        many=True, required=False, max_length=MOST_LINES, help_text="Instead: lines written by hand."
    )
    currency = serializers.CharField(
        required=False, min_length=3, max_length=3, help_text="Of lines; the customer's without."
    )
    promotion_codes = serializers.ListField(
        child=serializers.CharField(max_length=60), required=False, max_length=MOST_CODES
    )

    def validate_currency(self, value: str) -> str:
        if not is_currency(value.upper()):
            raise serializers.ValidationError("This is not an ISO 4217 currency.")
        return value.upper()

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if "subscriptions" in attrs and "lines" in attrs:
            raise serializers.ValidationError({"lines": "Name either subscriptions or lines."})
        return attrs


def quote_terms_from(given: dict[str, Any]) -> QuoteTerms:
    """The validated fields of CreateQuoteInput as what is offered."""
    return QuoteTerms(
        plan=given.get("plan", ""),
        version=given.get("version"),
        currency=given["currency"],
        quantity=given.get("quantity", 1),
        quantities=given.get("quantities", {}),
        usage=[_usage_from(usage) for usage in given.get("usage", ())],
        codes=given.get("promotion_codes", ()),
        starts_at=given.get("starts_at"),
        trial_days=given["trial_days"],
        billing_day=given.get("billing_day"),
        collection_method=CollectionMethod(given["collection_method"]),
    )


def private_offer_from(given: dict[str, Any]) -> PrivateOffer | None:
    """The prices of their own in CreateQuoteInput; None where a plan is named."""
    if "offer" not in given:
        return None
    offer = dict(given["offer"])
    name, product = offer.pop("name"), offer.pop("product")
    return PrivateOffer(name, version_terms(offer), product)


def place_from(given: dict[str, Any]) -> Place:
    """The place in CreateQuoteInput."""
    return Place(**given["place"])


def _usage_from(given: dict[str, Any]) -> AssumedUsage:
    return AssumedUsage(
        quantity=given.get("quantity", Decimal(0)),
        price=given.get("price", ""),
        meter=given.get("meter", ""),
        groups=[AssumedGroup(g["properties"], g["quantity"]) for g in given.get("groups", ())],
        amounts=given.get("amounts", ()),
    )
