"""What the API reads and shows of use cases across apps: purchases, changes, previews."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from apps.core.api.fields import DecimalString, MinorUnits, ObjectType, Rfc3339UtcField
from apps.core.api.strict import StrictSerializer
from apps.invoices.enums import CreditReason, Disposition
from apps.invoices.errors import CreditRefused
from apps.invoices.models import Invoice
from apps.invoices.serializers import InvoiceSerializer
from apps.invoices.services.plan_credit import CreditItem
from apps.payments.models import Payment
from apps.payments.serializers import PaymentSerializer
from apps.payments.services.action_secret import action_secret
from apps.pricing.charge import Charge
from apps.subscriptions.enums import CancelReason
from apps.subscriptions.serializers import SubscriptionSerializer

MAX_QUANTITY = 1_000_000
# What the platform itself writes as a reason is not for callers.
OWN_REASONS = (
    CancelReason.PAYMENT_FAILED,
    CancelReason.TRIAL_ENDED,
    CancelReason.REPLACED,
    CancelReason.TERM_ENDED,
    CancelReason.PARENT_ENDED,
)
GIVEN_REASONS = [(r.value, r.label) for r in CancelReason if r not in OWN_REASONS]


class PayInvoiceInput(StrictSerializer):
    payment_method = serializers.CharField(
        required=False, max_length=40, help_text="Id of a card; the default one without it."
    )
    off_session = serializers.BooleanField(
        default=True, help_text="False while the customer is there to answer the bank."
    )


class VoidInvoiceInput(StrictSerializer):
    reason = serializers.CharField(max_length=500, help_text="Kept in the log, not shown to the customer.")


class CreditItemInput(StrictSerializer):
    line = serializers.CharField(max_length=40, help_text="Id of a line of the invoice.")
    amount_minor = MinorUnits(min_value=1, help_text="Before discount and tax, as the line's own amount.")
    description = serializers.CharField(
        required=False, default="", max_length=300, help_text="The line's own without."
    )


class CreateCreditNoteInput(StrictSerializer):
    invoice = serializers.CharField(max_length=40, help_text="Id or number of an issued invoice.")
    items = CreditItemInput(many=True, allow_empty=False)
    reason = serializers.ChoiceField(choices=CreditReason.choices)
    disposition = serializers.ChoiceField(
        choices=Disposition.choices,
        default=Disposition.AUTOMATIC,
        help_text="Where the money goes: automatic reduces what is due, and gives the rest to the balance.",
    )
    memo = serializers.CharField(
        required=False, default="", max_length=2000, help_text="Shown to the customer."
    )


class PaymentWithSecretSerializer(PaymentSerializer):
    """A payment, and what the customer's page needs when the bank asks for the customer."""

    client_secret = serializers.SerializerMethodField()

    class Meta(PaymentSerializer.Meta):
        fields = (*PaymentSerializer.Meta.fields, "client_secret")
        read_only_fields = fields

    def get_client_secret(self, row: Payment) -> str:
        return action_secret(payment=row)


class AdvanceTestClockInput(StrictSerializer):
    to = Rfc3339UtcField(help_text="At most two years ahead of where the clock stands.")


class BilledSubscriptionSerializer(SubscriptionSerializer):
    """A subscription, and the invoices that were issued by what was just done with it."""

    invoices = InvoiceSerializer(many=True, read_only=True)

    class Meta(SubscriptionSerializer.Meta):
        fields = (*SubscriptionSerializer.Meta.fields, "invoices")
        read_only_fields = fields


class UpcomingLineSerializer(serializers.Serializer[Charge]):
    """A charge as its line will say it."""

    kind = serializers.CharField()
    description = serializers.CharField()
    quantity = DecimalString()
    amount_minor = MinorUnits(source="amount.minor")
    exact_amount = DecimalString(source="exact", help_text="In major units, not rounded.")
    period_starts_at = Rfc3339UtcField(source="period_start")
    period_ends_at = Rfc3339UtcField(source="period_end")
    price = serializers.CharField(source="price_id")
    trace = serializers.SerializerMethodField()
    explanation = serializers.SerializerMethodField()

    @extend_schema_field({"type": "object", "additionalProperties": True})
    def get_trace(self, charge: Charge) -> dict[str, object]:
        return charge.trace.to_json()

    @extend_schema_field({"type": "array", "items": {"type": "string"}})
    def get_explanation(self, charge: Charge) -> list[str]:
        return charge.trace.explain()


class UpcomingBillSerializer(serializers.Serializer[Any]):
    """What will be billed at an instant, as far as it is known now: more usage makes it more."""

    at = Rfc3339UtcField()
    currency = serializers.CharField()
    progressive_credit_minor = MinorUnits(
        source="progressive_minor", help_text="Billed earlier of the usage among the lines; taken off."
    )
    total_minor = MinorUnits(source="total.minor")
    lines = UpcomingLineSerializer(source="charges", many=True)


class PurchasePreviewSerializer(serializers.Serializer[Any]):
    """What a purchase costs now, and what comes next and when. Nothing was bought."""

    object = ObjectType("purchase_preview")
    now = UpcomingBillSerializer()
    next = UpcomingBillSerializer(allow_null=True)
    trial_ends_at = Rfc3339UtcField(allow_null=True)


def credit_items_of(invoice: Invoice, items: Sequence[Mapping[str, Any]]) -> list[CreditItem]:
    """The validated items of CreateCreditNoteInput with the rows of the lines that they name.

    Raises:
        CreditRefused: an item names a line that this invoice does not have (409).
    """
    lines = {line.public_id: line.pk for line in invoice.lines.all()}
    unknown = [item["line"] for item in items if item["line"] not in lines]
    if unknown:
        raise CreditRefused(f"Invoice {invoice} has no line '{unknown[0]}'.", field="items")
    return [
        CreditItem(lines[item["line"]], amount_minor=item["amount_minor"], description=item["description"])
        for item in items
    ]
