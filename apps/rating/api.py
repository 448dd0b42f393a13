from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from apps.core.api.views import ApiView
from apps.customers.models import Customer
from apps.customers.selectors import get_customer, now_for
from apps.rating.serializers import CustomerUsageSerializer
from apps.rating.services.running_usage import MeterUsage, running_usage
from apps.subscriptions.selectors import live_subscriptions_of
from apps.usage.selectors import meter_groups


class CustomerUsageView(ApiView):
    """Usage of the running periods, with the price so far: what the next bill will say if nothing more
    happens.
    """

    required_scopes: ClassVar = {"get": "usage:read"}

    @extend_schema(
        operation_id="get_customer_usage",
        parameters=[
            OpenApiParameter("id", location="path", description="Id or external id of the customer.")
        ],
        responses=CustomerUsageSerializer,
    )
    def get(self, request: Request, id: str) -> Response:
        customer = get_customer(**self.own, reference=id)
        at = now_for(customer)
        answer = {"customer": customer, "as_of": at, "data": _running_meters(customer, at)}
        return Response(CustomerUsageSerializer(answer).data)


def _running_meters(customer: Customer, at: datetime) -> list[dict[str, Any]]:
    return [
        {"subscription": subscription, "usage": usage, "groups": _groups(customer.pk, usage)}
        for subscription in live_subscriptions_of(customer.pk)
        for usage in running_usage(subscription=subscription, at=at)
    ]


def _groups(customer_id: int, usage: MeterUsage) -> list[Any]:
    if not usage.meter.group_by:
        return []
    return meter_groups(
        meter=usage.meter,
        customer_id=customer_id,
        starts_at=usage.period.starts_at,
        ends_at=usage.period.ends_at,
    )
