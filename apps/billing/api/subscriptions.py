"""Subscribing, changing, canceling, and taking a change back."""

from __future__ import annotations

from typing import ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from apps.billing.api.base import BillingView
from apps.billing.enums import CancelTiming
from apps.billing.serializers import (
    CancelSubscriptionInput,
    ChangePreviewSerializer,
    ChangeSubscriptionInput,
    CreateSubscriptionInput,
    PurchaseInput,
    PurchasePreviewSerializer,
    purchase_of,
)
from apps.billing.services.cancel import cancel_at_period_end, cancel_now
from apps.billing.services.change_plan import change_plan_at_period_end
from apps.billing.services.preview import preview_change, preview_purchase
from apps.billing.services.subscribe import subscribe
from apps.customers.selectors import now_for
from apps.subscriptions.serializers import SubscriptionSerializer
from apps.subscriptions.services.withdraw_change import withdraw_change


class CreateSubscription(BillingView):
    required_scopes: ClassVar = {"post": "subscriptions:write"}

    @extend_schema(
        operation_id="create_subscription",
        request=CreateSubscriptionInput,
        responses={201: SubscriptionSerializer},
    )
    def post(self, request: Request) -> Response:
        """Subscribe a customer to a plan. The first invoice is issued at once and charged right after."""
        asked = self.read(CreateSubscriptionInput)
        customer = self.customer(asked["customer"])
        subscribed = subscribe(customer=customer, purchase=purchase_of(asked), at=now_for(customer))
        return self.subscription_response(subscribed.subscription, status=201)


class PreviewSubscription(BillingView):
    required_scopes: ClassVar = {"post": "subscriptions:read"}

    @extend_schema(
        operation_id="preview_subscription", request=PurchaseInput, responses=PurchasePreviewSerializer
    )
    def post(self, request: Request) -> Response:
        """Say exactly what subscribing would bill now and next, without doing it."""
        asked = self.read(PurchaseInput)
        customer = self.customer(asked["customer"])
        preview = preview_purchase(customer=customer, purchase=purchase_of(asked), at=now_for(customer))
        answer = {
            "now": preview.now,
            "next": preview.next,
            "trial_ends_at": preview.trial_ends_at,
        }
        return Response(PurchasePreviewSerializer(answer).data)


class ChangeSubscription(BillingView):
    required_scopes: ClassVar = {"post": "subscriptions:write"}

    @extend_schema(
        operation_id="change_subscription",
        request=ChangeSubscriptionInput,
        responses=SubscriptionSerializer,
    )
    def post(self, request: Request, subscription_id: str) -> Response:
        """Move to another plan or quantity when the running period ends; replaces what was scheduled."""
        subscription = self.subscription(subscription_id)
        asked = self.read(ChangeSubscriptionInput)
        change_plan_at_period_end(
            subscription=subscription,
            plan_code=asked.get("plan", subscription.plan_version.plan.code),
            quantity=asked.get("quantity"),
            at=now_for(subscription.customer),
        )
        return self.subscription_response(subscription)


class PreviewChange(BillingView):
    required_scopes: ClassVar = {"post": "subscriptions:read"}

    @extend_schema(
        operation_id="preview_subscription_change",
        request=ChangeSubscriptionInput,
        responses=ChangePreviewSerializer,
    )
    def post(self, request: Request, subscription_id: str) -> Response:
        """Say what the next bill would be after a change, with what was used so far, without doing it."""
        subscription = self.subscription(subscription_id)
        asked = self.read(ChangeSubscriptionInput)
        bill = preview_change(
            subscription=subscription,
            plan_code=asked.get("plan", subscription.plan_version.plan.code),
            quantity=asked.get("quantity"),
            at=now_for(subscription.customer),
        )
        effective_at = subscription.current_period_ends_at
        answer = {"effective_at": effective_at, "next": bill}
        return Response(ChangePreviewSerializer(answer).data)


class CancelSubscription(BillingView):
    required_scopes: ClassVar = {"post": "subscriptions:write"}

    @extend_schema(
        operation_id="cancel_subscription",
        request=CancelSubscriptionInput,
        responses=SubscriptionSerializer,
    )
    def post(self, request: Request, subscription_id: str) -> Response:
        """Cancel: when the paid period (or the trial) ends, or now, which bills the usage so far."""
        subscription = self.subscription(subscription_id)
        asked = self.read(CancelSubscriptionInput)
        at = now_for(subscription.customer)
        why = {"reason": asked["reason"], "comment": asked["comment"], "at": at}
        if asked["timing"] == CancelTiming.NOW:
            cancel_now(subscription_id=subscription.pk, **why)
        else:
            cancel_at_period_end(subscription=subscription, **why)
        return self.subscription_response(subscription)


class UndoChange(BillingView):
    required_scopes: ClassVar = {"post": "subscriptions:write"}

    @extend_schema(operation_id="undo_scheduled_change", request=None, responses=SubscriptionSerializer)
    def post(self, request: Request, subscription_id: str) -> Response:
        """Take back a scheduled change or cancellation, as if it had never been asked for."""
        subscription = self.subscription(subscription_id)
        withdraw_change(subscription_id=subscription.pk, at=now_for(subscription.customer))
        return self.subscription_response(subscription)
