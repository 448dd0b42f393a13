from __future__ import annotations

from typing import ClassVar

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from apps.audit.selectors import timeline_for
from apps.audit.serializers import EventSerializer
from apps.core.api.schema import REFUSALS
from apps.core.api.views import ApiView
from apps.customers.selectors import get_customer, now_for
from apps.subscriptions.enums import ChangeStatus, SubscriptionStatus
from apps.subscriptions.models import Subscription
from apps.subscriptions.selectors import get_subscription, subscriptions_with_parts
from apps.subscriptions.serializers import ScheduledChangeSerializer, SubscriptionSerializer
from apps.subscriptions.services.withdraw_change import withdraw_change


class SubscriptionView(ApiView):
    """What every endpoint here shares: subscriptions are looked up within the key's brand and mode."""

    def subscription(self, reference: str) -> Subscription:
        return get_subscription(**self.own, reference=reference)


class ListSubscriptions(SubscriptionView):
    required_scopes: ClassVar = {"get": "subscriptions:read"}

    @extend_schema(
        operation_id="list_subscriptions",
        responses=SubscriptionSerializer(many=True),
        parameters=[
            OpenApiParameter("customer", str, description="Id or external id of a customer."),
            OpenApiParameter("plan", str, description="Code of a plan, in any version."),
            OpenApiParameter("status", str, enum=SubscriptionStatus.values),
            OpenApiParameter("external_id", str),
        ],
    )
    def get(self, request: Request) -> Response:
        """The subscriptions of the key's brand and mode, newest first, canceled ones too."""
        rows = subscriptions_with_parts().filter(**self.own)
        if customer := self.filter_value("customer"):
            rows = rows.filter(customer=get_customer(**self.own, reference=customer))
        if plan := self.filter_value("plan"):
            rows = rows.filter(plan_version__plan__code=plan)
        if status := self.filter_choice("status", SubscriptionStatus.values):
            rows = rows.filter(status=status)
        if external_id := self.filter_value("external_id"):
            rows = rows.filter(external_id=external_id)
        return self.list_response(rows, SubscriptionSerializer)


class SubscriptionDetail(SubscriptionView):
    required_scopes: ClassVar = {"get": "subscriptions:read"}

    @extend_schema(operation_id="get_subscription", responses=SubscriptionSerializer)
    def get(self, request: Request, subscription_id: str) -> Response:
        """One subscription, by id or external id; an external id names the newest one that had it."""
        return self.object_response(self.subscription(subscription_id), SubscriptionSerializer)


class SubscriptionTimeline(SubscriptionView):
    required_scopes: ClassVar = {"get": "subscriptions:read"}
    keyset_ordering = ("-at", "-id")

    @extend_schema(operation_id="list_subscription_events", responses=EventSerializer(many=True))
    def get(self, request: Request, subscription_id: str) -> Response:
        """What happened to a subscription and who did it, newest first in the customer's time."""
        subscription = self.subscription(subscription_id)
        rows = timeline_for(subject_type="subscription", subject_id=subscription.public_id)
        return self.list_response(rows, EventSerializer)


class SubscriptionChanges(SubscriptionView):
    required_scopes: ClassVar = {"get": "subscriptions:read"}
    keyset_ordering = ("-requested_at", "-id")

    @extend_schema(
        operation_id="list_subscription_changes",
        responses=ScheduledChangeSerializer(many=True),
        parameters=[OpenApiParameter("status", str, enum=ChangeStatus.values)],
    )
    def get(self, request: Request, subscription_id: str) -> Response:
        """What is scheduled for a subscription, and what was applied or taken back, newest wish first."""
        rows = self.subscription(subscription_id).changes.select_related("plan_version__plan")
        if status := self.filter_choice("status", ChangeStatus.values):
            rows = rows.filter(status=status)
        return self.list_response(rows, ScheduledChangeSerializer)


class SubscriptionChange(SubscriptionView):
    required_scopes: ClassVar = {"delete": "subscriptions:write"}

    @extend_schema(
        operation_id="withdraw_subscription_change",
        responses=ScheduledChangeSerializer,
        extensions={REFUSALS: {"409": "No such change is pending."}},
    )
    def delete(self, request: Request, subscription_id: str, change_id: str) -> Response:
        """Take back one scheduled change, as if it had never been asked for; the others stay."""
        subscription = self.subscription(subscription_id)
        change = withdraw_change(
            subscription_id=subscription.pk, at=now_for(subscription.customer), reference=change_id
        )
        change.refresh_from_db()
        return self.object_response(change, ScheduledChangeSerializer)
