"""What the API reads of purchases and of the wishes about subscriptions."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from apps.billing.enums import CancelTiming
from apps.billing.serializers import GIVEN_REASONS, MAX_QUANTITY
from apps.billing.services.subscriptions.agree_schedule import UNITS, AgreedPhase
from apps.billing.services.subscriptions.carry_out import CancelRequest, PauseRequest
from apps.billing.services.subscriptions.change_plan import ChangeRequest
from apps.billing.services.subscriptions.grant_trial import MAX_TRIAL_DAYS
from apps.billing.services.subscriptions.subscribe import Purchase
from apps.core.api.fields import MetadataField, Rfc3339UtcField
from apps.core.api.strict import StrictSerializer
from apps.plans.policies import Timing
from apps.subscriptions.enums import CancelReason, CollectionMethod, UnusedPart
from apps.subscriptions.models import Subscription
from apps.subscriptions.serializers import QuantitiesField

MAX_PHASES = 24
WORDS = [timing.value for timing in Timing]


@extend_schema_field(
    {
        "anyOf": [
            {"type": "string", "enum": WORDS},
            {"type": "string", "format": "date-time"},
        ]
    }
)
class TimingField(serializers.Field[Timing | datetime, Any, str, Any]):
    """When something takes effect: now, when the running period ends, or at an instant."""

    default_error_messages = {  # noqa: RUF012 - DRF's own shape
        "invalid": "Write now, period_end, or an instant as RFC 3339, such as 2026-11-22T09:30:00Z."
    }

    def to_internal_value(self, data: Any) -> Timing | datetime:
        if data in WORDS:
            return Timing(data)
        try:
            return Rfc3339UtcField().to_internal_value(data)
        except serializers.ValidationError:
            self.fail("invalid")

    def to_representation(self, value: Timing | datetime) -> str:
        return value.isoformat() if isinstance(value, datetime) else str(value)


def quantity_field() -> serializers.IntegerField:
    return serializers.IntegerField(
        required=False, min_value=1, max_value=MAX_QUANTITY, help_text="Seats, where there are."
    )


def quantities_field() -> QuantitiesField:
    return QuantitiesField(
        required=False,
        child=serializers.IntegerField(min_value=1, max_value=MAX_QUANTITY),
        help_text="Of single seat prices, by price code; the others have `quantity`.",
    )


def unused_part_field() -> serializers.ChoiceField:
    return serializers.ChoiceField(
        UnusedPart.choices,
        required=False,
        help_text="Where the unused paid part goes; the plan's policy without.",
    )


class PurchaseInput(StrictSerializer):
    customer = serializers.CharField(max_length=255, help_text="Id or external id of a customer.")
    plan = serializers.CharField(max_length=60, help_text="Code of a plan: its newest version is bought.")
    currency = serializers.CharField(
        required=False, default="", min_length=3, max_length=3, help_text="ISO 4217; the customer's without."
    )
    quantity = serializers.IntegerField(
        required=False, default=1, min_value=1, max_value=MAX_QUANTITY, help_text="Seats, where there are."
    )
    quantities = quantities_field()
    trial_days = serializers.IntegerField(
        required=False,
        default=None,
        allow_null=True,
        min_value=0,
        max_value=MAX_TRIAL_DAYS,
        help_text="The plan's own trial without, which a customer has once.",
    )
    trial_until = Rfc3339UtcField(required=False, help_text="When the trial ends, instead of its days.")
    billing_day = serializers.IntegerField(
        required=False, min_value=1, max_value=31, help_text="For plans that are aligned to one."
    )
    collection_method = serializers.ChoiceField(
        CollectionMethod.choices, required=False, default=CollectionMethod.CHARGE_AUTOMATICALLY
    )


class AfterInput(StrictSerializer):
    """So many days, weeks, months or years after the start of what is paid for."""

    days = serializers.IntegerField(required=False, min_value=1, max_value=3660)
    weeks = serializers.IntegerField(required=False, min_value=1, max_value=520)
    months = serializers.IntegerField(required=False, min_value=1, max_value=120)
    years = serializers.IntegerField(required=False, min_value=1, max_value=10)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if len(attrs) != 1:
            raise serializers.ValidationError(f"Name one of {', '.join(UNITS)}.")
        return attrs


class AgreedPhaseInput(StrictSerializer):
    """A plan that the subscription goes over to; what is not named stays."""

    plan = serializers.CharField(max_length=60, help_text="Code of a plan: its version of today.")
    quantity = quantity_field()
    quantities = quantities_field()
    after = AfterInput(required=False)
    starts_at = Rfc3339UtcField(required=False, help_text="Instead of `after`.")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if ("after" in attrs) == ("starts_at" in attrs):
            raise serializers.ValidationError({"after": "Name either after or starts_at."})
        return attrs


class CreateSubscriptionInput(PurchaseInput):
    starts_at = Rfc3339UtcField(
        required=False, help_text="Now without. An earlier start is billed until now; a later one then."
    )
    ends_at = Rfc3339UtcField(required=False, help_text="When it ends by itself.")
    phases = AgreedPhaseInput(many=True, required=False, max_length=MAX_PHASES)  # type: ignore[call-arg]
    parent = serializers.CharField(  # type: ignore[assignment]
        required=False, max_length=255, help_text="Subscription that this is an add-on of."
    )
    external_id = serializers.CharField(
        required=False,
        default=None,
        allow_null=True,
        max_length=255,
        help_text="Your own id of this contract; one running subscription has it.",
    )
    metadata = MetadataField(required=False)


class ChangeSubscriptionInput(StrictSerializer):
    """What is not sent stays as it is; at least one of plan, quantity and quantities is."""

    plan = serializers.CharField(required=False, max_length=60, help_text="Code of a plan.")
    quantity = quantity_field()
    quantities = quantities_field()
    timing = TimingField(
        required=False,
        help_text="Without, the plan's policies for upgrades, downgrades and quantities decide.",
    )
    prorates = serializers.BooleanField(
        default=True, help_text="False credits and charges nothing for the running period."
    )
    restarts_period = serializers.BooleanField(
        default=False, help_text="True begins a new full period at the change."
    )
    unused_part = unused_part_field()

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if not attrs.keys() & {"plan", "quantity", "quantities"}:
            raise serializers.ValidationError({"plan": "Name a plan, a quantity, or both."})
        return attrs


class CancelSubscriptionInput(StrictSerializer):
    timing = TimingField(required=False, default=Timing.PERIOD_END)
    unused_part = unused_part_field()
    reason = serializers.ChoiceField(GIVEN_REASONS, required=False, default=CancelReason.OTHER)
    comment = serializers.CharField(required=False, default="", allow_blank=True, max_length=5000)


class PauseSubscriptionInput(StrictSerializer):
    at = Rfc3339UtcField(required=False, help_text="From when; at once without.")
    resume_at = Rfc3339UtcField(required=False, help_text="Until somebody resumes without.")
    unused_part = unused_part_field()


class ResumeSubscriptionInput(StrictSerializer):
    at = Rfc3339UtcField(required=False, help_text="From when; at once without.")


class ExtendTrialInput(StrictSerializer):
    ends_at = Rfc3339UtcField(help_text="When the trial ends instead; later than now planned.")


class MoveBillingDayInput(StrictSerializer):
    day = serializers.IntegerField(min_value=1, max_value=31, help_text="The last one of shorter months.")


def purchase_of(values: dict[str, Any], parent: Subscription | None = None) -> Purchase:
    """The validated fields of PurchaseInput as what is bought."""
    return Purchase(
        plan_code=values["plan"],
        currency=values["currency"].upper(),
        quantity=values["quantity"],
        quantities=values.get("quantities", {}),
        trial_days=values["trial_days"],
        trial_until=values.get("trial_until"),
        starts_at=values.get("starts_at"),
        ends_at=values.get("ends_at"),
        phases=[_phase(phase) for phase in values.get("phases", ())],
        billing_day=values.get("billing_day"),
        parent=parent,
        external_id=values.get("external_id"),
        collection_method=CollectionMethod(values["collection_method"]),
        metadata=values.get("metadata", {}),
    )


def _phase(values: dict[str, Any]) -> AgreedPhase:
    return AgreedPhase(
        plan_code=values["plan"],
        quantity=values.get("quantity"),
        quantities=values.get("quantities", {}),
        after=dict(values.get("after", {})),
        starts_at=values.get("starts_at"),
    )


def change_request_of(subscription: Subscription, values: dict[str, Any]) -> ChangeRequest:
    """The validated fields of ChangeSubscriptionInput as what is wanted of a subscription."""
    timing = values.get("timing")
    return ChangeRequest(
        plan_code=values.get("plan", subscription.plan_version.plan.code),
        quantity=values.get("quantity"),
        quantities=values.get("quantities", {}),
        timing=timing if isinstance(timing, Timing) else None,
        effective_at=timing if isinstance(timing, datetime) else None,
        prorates=values["prorates"],
        restarts_period=values["restarts_period"],
        unused_part=values.get("unused_part", ""),
    )


def cancel_request_of(values: dict[str, Any]) -> CancelRequest:
    """The validated fields of CancelSubscriptionInput as the end that is wanted."""
    timing = values["timing"]
    on_a_day = isinstance(timing, datetime)
    return CancelRequest(
        timing=CancelTiming.PERIOD_END if on_a_day else CancelTiming(timing.value),
        effective_at=timing if on_a_day else None,
        unused_part=values.get("unused_part", ""),
        reason=values["reason"],
        comment=values["comment"],
    )


def pause_request_of(values: dict[str, Any]) -> PauseRequest:
    """The validated fields of PauseSubscriptionInput as the pause that is wanted."""
    return PauseRequest(values.get("at"), values.get("resume_at"), values.get("unused_part", ""))
