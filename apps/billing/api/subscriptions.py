"""Subscribing, and what it would bill."""

from __future__ import annotations

from typing import ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from apps.billing.api.base import BillingView
from apps.billing.serializers import BilledSubscriptionSerializer, PurchasePreviewSerializer
from apps.billing.services.run.preview import preview_purchase
from apps.billing.services.subscriptions.subscribe import subscribe
from apps.billing.subscription_inputs import CreateSubscriptionInput, PurchaseInput, purchase_of
from apps.customers.selectors import now_for
from apps.subscriptions.errors import SubscriptionNotFound
from apps.subscriptions.models import Subscription


class CreateSubscription(BillingView):
    required_scopes: ClassVar = {"post": "subscriptions:write"}

    @extend_schema(
        operation_id="create_subscription",
        request=CreateSubscriptionInput,
        responses={201: BilledSubscriptionSerializer},
    )
    def post(self, request: Request) -> Response:
        """Subscribe a customer to a plan. What is due by now is issued at once and charged right after."""
        asked = self.read(CreateSubscriptionInput)
        customer = self.customer(asked["customer"])
        parent = self.parent(asked["parent"]) if "parent" in asked else None
        purchase = purchase_of(asked, parent)
        subscribed = subscribe(customer=customer, purchase=purchase, at=now_for(customer))
        return self.billed_response(subscribed.subscription, subscribed.invoices, status=201)

    def parent(self, reference: str) -> Subscription:
        try:
            return self.subscription(reference)
        except SubscriptionNotFound as error:
            error.field = "parent"
            raise


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
