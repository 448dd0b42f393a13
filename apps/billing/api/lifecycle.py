"""Coming back, longer trials, another billing day."""

from __future__ import annotations

from typing import ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from apps.billing.api.base import BillingView
from apps.billing.serializers import BilledSubscriptionSerializer
from apps.billing.services.subscriptions.move_billing_day import move_billing_day
from apps.billing.services.subscriptions.reactivate import reactivate
from apps.billing.subscription_inputs import ExtendTrialInput, MoveBillingDayInput
from apps.core.api.schema import REFUSALS
from apps.customers.selectors import now_for
from apps.subscriptions.serializers import SubscriptionSerializer
from apps.subscriptions.services.extend_trial import extend_trial


class ReactivateSubscription(BillingView):
    required_scopes: ClassVar = {"post": "subscriptions:write"}

    @extend_schema(
        operation_id="reactivate_subscription",
        request=None,
        responses={201: BilledSubscriptionSerializer},
        extensions={REFUSALS: {"409": "It still runs, or there is no payment method."}},
    )
    def post(self, request: Request, subscription_id: str) -> Response:
        """Subscribe again as before, at the prices of now, without a trial; the answer is the new one."""
        subscription = self.subscription(subscription_id)
        subscribed = reactivate(subscription_id=subscription.pk, at=now_for(subscription.customer))
        return self.billed_response(subscribed.subscription, subscribed.invoices, status=201)


class ExtendTrial(BillingView):
    required_scopes: ClassVar = {"post": "subscriptions:write"}

    @extend_schema(
        operation_id="extend_trial",
        request=ExtendTrialInput,
        responses=SubscriptionSerializer,
        extensions={REFUSALS: {"409": "It is not in trial, or the trial would not end later."}},
    )
    def post(self, request: Request, subscription_id: str) -> Response:
        """Let a trial end later; the paid time begins then, and what was to happen at its end moves along."""
        subscription = self.subscription(subscription_id)
        asked = self.read(ExtendTrialInput)
        at = now_for(subscription.customer)
        extend_trial(subscription_id=subscription.pk, ends_at=asked["ends_at"], at=at)
        return self.subscription_response(subscription)


class MoveBillingDay(BillingView):
    required_scopes: ClassVar = {"post": "subscriptions:write"}

    @extend_schema(
        operation_id="move_billing_day",
        request=MoveBillingDayInput,
        responses=SubscriptionSerializer,
        extensions={REFUSALS: {"409": "It is canceled, or its periods are not aligned to a billing day."}},
    )
    def post(self, request: Request, subscription_id: str) -> Response:
        """Align periods to another day of the month from the next renewal on, with a part until then."""
        subscription = self.subscription(subscription_id)
        asked = self.read(MoveBillingDayInput)
        at = now_for(subscription.customer)
        move_billing_day(subscription_id=subscription.pk, day=asked["day"], at=at)
        return self.subscription_response(subscription)
