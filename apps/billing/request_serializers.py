"""What the API reads of requests to a subscription, and how it shows what they would do."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any, ClassVar

from rest_framework import serializers

from apps.billing.effects import Bill, Credit, Effect, Line, TakenOff, TaxOf
from apps.billing.services.subscriptions.carry_out import (
    CancelRequest,
    PauseRequest,
    Request,
    ResumeRequest,
    UndoRequest,
)
from apps.billing.services.subscriptions.change_plan import ChangeRequest
from apps.billing.services.subscriptions.preview_request import Preview
from apps.billing.subscription_inputs import (
    CancelSubscriptionInput,
    ChangeSubscriptionInput,
    PauseSubscriptionInput,
    ResumeSubscriptionInput,
    cancel_request_of,
    change_request_of,
    pause_request_of,
)
from apps.core.api.fields import DecimalString, MinorUnits, ObjectType, Rfc3339UtcField
from apps.core.api.strict import StrictSerializer
from apps.invoices.enums import DiscountSource
from apps.subscriptions.models import Subscription
from apps.taxes.enums import Category


class RequestInput(StrictSerializer):
    """What every request may be instead: the token of its preview, alone."""

    makes: ClassVar[type[Request]]

    preview_token = serializers.CharField(
        required=False,
        max_length=20_000,
        help_text="Of a preview, alone: does exactly what it has shown, or answers 409 with what holds now.",
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if "preview_token" not in attrs:
            return dict(super().validate(attrs))
        if len(self.initial_data) > 1:
            raise serializers.ValidationError(
                {"preview_token": "The token says everything: send nothing beside it."}
            )
        return attrs

    @property
    def token(self) -> str:
        return str(self.validated_data.get("preview_token", ""))

    @abstractmethod
    def request_of(self, subscription: Subscription) -> Request:
        """What the input asks for; every kind of request says it."""


class ChangeInput(RequestInput, ChangeSubscriptionInput):
    makes: ClassVar = ChangeRequest

    def request_of(self, subscription: Subscription) -> ChangeRequest:
        return change_request_of(subscription, self.validated_data)


class CancelInput(RequestInput, CancelSubscriptionInput):
    makes: ClassVar = CancelRequest

    def request_of(self, subscription: Subscription) -> CancelRequest:
        return cancel_request_of(self.validated_data)


class PauseInput(RequestInput, PauseSubscriptionInput):
    makes: ClassVar = PauseRequest

    def request_of(self, subscription: Subscription) -> PauseRequest:
        return pause_request_of(self.validated_data)


class ResumeInput(RequestInput, ResumeSubscriptionInput):
    makes: ClassVar = ResumeRequest

    def request_of(self, subscription: Subscription) -> ResumeRequest:
        return ResumeRequest(effective_at=self.validated_data.get("at"))


class UndoInput(RequestInput):
    makes: ClassVar = UndoRequest

    change = serializers.CharField(
        required=False,
        default="",
        max_length=40,
        help_text="Id of a scheduled change; the last wish without.",
    )

    def request_of(self, subscription: Subscription) -> UndoRequest:
        return UndoRequest(change=self.validated_data["change"])


class PreviewLineSerializer(serializers.Serializer[Line]):
    """A line as its document will have it."""

    kind = serializers.CharField()
    description = serializers.CharField()
    quantity = DecimalString()
    amount_minor = MinorUnits()
    exact_amount = DecimalString(help_text="In major units, not rounded.")
    period_starts_at = Rfc3339UtcField(allow_null=True)
    period_ends_at = Rfc3339UtcField(allow_null=True)
    price = serializers.CharField()
    trace = serializers.DictField()
    explanation = serializers.ListField(child=serializers.CharField())


class PreviewDiscountSerializer(serializers.Serializer[TakenOff]):
    """A coupon or promotional credit, as it is taken off before tax."""

    source = serializers.ChoiceField(DiscountSource.choices)  # type: ignore[assignment]
    name = serializers.CharField()
    amount_minor = MinorUnits()


class PreviewTaxSerializer(serializers.Serializer[TaxOf]):
    """A row of the tax breakdown."""

    category = serializers.ChoiceField(Category.choices)
    kind = serializers.CharField()
    name = serializers.CharField()
    jurisdiction = serializers.CharField()
    percent = DecimalString()
    taxable_minor = MinorUnits()
    tax_minor = MinorUnits()
    note = serializers.CharField(help_text="Key of the legal text that is printed; may be empty.")


class PreviewInvoiceSerializer(serializers.Serializer[Bill]):
    """An invoice as it would be issued: due = total - what the balance pays."""

    lines = PreviewLineSerializer(many=True)
    discounts = PreviewDiscountSerializer(many=True)
    taxes = PreviewTaxSerializer(many=True)
    subtotal_minor = MinorUnits()
    discount_minor = MinorUnits()
    tax_minor = MinorUnits()
    tax_included_minor = MinorUnits(help_text="The part of the tax that stands in the subtotal.")
    tax_problem = serializers.CharField(help_text="Why the tax is not known; empty where it is.")
    progressive_credit_minor = MinorUnits()
    total_minor = MinorUnits()
    balance_applied_minor = MinorUnits(help_text="What the customer's balance pays of it.")
    prepaid_applied_minor = MinorUnits(help_text="What prepaid credit pays of it.")
    balance_credited_minor = MinorUnits(help_text="What a negative total gives to the balance.")
    due_minor = MinorUnits()
    due_at = Rfc3339UtcField(allow_null=True)
    is_draft = serializers.BooleanField(help_text="It waits for late usage before it is final.")


class PreviewCreditNoteSerializer(serializers.Serializer[Credit]):
    """A credit note as it would be issued: total = offset + balance + refund."""

    invoice_number = serializers.CharField(help_text="Of the invoice that it corrects.")
    lines = PreviewLineSerializer(many=True)
    total_minor = MinorUnits()
    offset_minor = MinorUnits(help_text="Off what that invoice has due.")
    balance_minor = MinorUnits(help_text="To the customer's balance.")
    refund_minor = MinorUnits(help_text="To be paid back.")


class PreviewEffectSerializer(serializers.Serializer[Effect]):
    """All documents of one instant."""

    at = Rfc3339UtcField()
    currency = serializers.CharField()
    total_minor = MinorUnits()
    due_minor = MinorUnits()
    invoices = PreviewInvoiceSerializer(source="bills", many=True)
    credit_notes = PreviewCreditNoteSerializer(source="credits", many=True)


class ChangePreviewSerializer(serializers.Serializer[Any]):
    """What a request would do. Nothing was done; `preview_token` makes it happen exactly so."""

    object = ObjectType("change_preview")
    subscription = serializers.CharField(source="subscription.public_id")
    kind = serializers.ChoiceField(["change", "cancel", "pause", "resume", "undo"])
    at = Rfc3339UtcField(help_text="The instant at which it would be done: the customer's present.")
    effective_at = Rfc3339UtcField()
    plan = serializers.CharField(source="version.plan.code")
    plan_version = serializers.IntegerField(source="version.number")
    quantity = serializers.IntegerField()
    now = PreviewEffectSerializer(help_text="What is billed and given back at once.")
    next = PreviewEffectSerializer(
        allow_null=True, help_text="What comes at effective_at, else next; usage still to come is not in it."
    )
    next_is_unknown = serializers.BooleanField(help_text="A price cannot be rated at the moment.")
    balance_before_minor = MinorUnits()
    balance_after_minor = MinorUnits()
    preview_token = serializers.SerializerMethodField(help_text="Send it back within an hour.")

    def get_preview_token(self, preview: Preview) -> str:
        return str(self.context["token"])
