"""Money that goes back, to be read; what sends it is billing's."""

from __future__ import annotations

from typing import ClassVar

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from apps.core.api.views import ApiView
from apps.customers.selectors import get_customer
from apps.payments.enums import RefundStatus
from apps.payments.refund_selectors import get_refund, refunds_with_parts
from apps.payments.refund_serializers import RefundSerializer


class Refunds(ApiView):
    required_scopes: ClassVar = {"get": "payments:read"}

    @extend_schema(
        operation_id="list_refunds",
        tags=["payments"],
        responses=RefundSerializer(many=True),
        parameters=[
            OpenApiParameter("customer", str, description="Id or external id."),
            OpenApiParameter("payment", str, description="Id of a payment."),
            OpenApiParameter("status", str, enum=RefundStatus.values),
        ],
    )
    def get(self, request: Request) -> Response:
        """Money given back or on its way back, newest first."""
        brand_id, livemode = self.credential.brand_id, self.credential.livemode
        rows = refunds_with_parts().filter(brand_id=brand_id, livemode=livemode)
        if customer := self.filter_value("customer"):
            owner = get_customer(brand_id=brand_id, livemode=livemode, reference=customer)
            rows = rows.filter(customer=owner)
        if payment := self.filter_value("payment"):
            rows = rows.filter(payment__public_id=payment)
        if status := self.filter_choice("status", RefundStatus.values):
            rows = rows.filter(status=status)
        return self.list_response(rows, RefundSerializer)


class RefundDetail(ApiView):
    required_scopes: ClassVar = {"get": "payments:read"}

    @extend_schema(operation_id="get_refund", tags=["payments"], responses=RefundSerializer)
    def get(self, request: Request, refund_id: str) -> Response:
        """One refund."""
        refund = get_refund(
            brand_id=self.credential.brand_id, livemode=self.credential.livemode, reference=refund_id
        )
        return self.object_response(refund, RefundSerializer)
