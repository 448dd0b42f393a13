from __future__ import annotations

from datetime import timedelta
from typing import ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from apps.accounts.models import Brand
from apps.core import clock
from apps.core.api.views import ApiView
from apps.invoices.recognition_selectors import deferred_by_month
from apps.invoices.tax_selectors import tax_by_place
from apps.pricing.periods.wall_clock import start_of_day
from apps.reporting.serializers import (
    DeferredRevenueQuery,
    DeferredRevenueSerializer,
    TaxReportQuery,
    TaxReportSerializer,
)


class DeferredRevenue(ApiView):
    required_scopes: ClassVar = {"get": "ledger:read"}

    @extend_schema(
        operation_id="get_deferred_revenue",
        parameters=[DeferredRevenueQuery],
        responses=DeferredRevenueSerializer,
    )
    def get(self, request: Request) -> Response:
        """What was billed and is still to be earned, by month."""
        query = DeferredRevenueQuery(data=request.query_params)
        query.is_valid(raise_exception=True)
        at = query.validated_data["at"] or clock.now()
        brand_id, livemode = self.credential.brand_id, self.credential.livemode
        months = deferred_by_month(brand_id=brand_id, livemode=livemode, at=at)
        answer = {"livemode": livemode, "at": at, "data": months}
        return Response(DeferredRevenueSerializer(answer).data)


class Tax(ApiView):
    required_scopes: ClassVar = {"get": "ledger:read"}

    @extend_schema(operation_id="get_tax_report", parameters=[TaxReportQuery], responses=TaxReportSerializer)
    def get(self, request: Request) -> Response:
        """Tax owed by place and rate: what a VAT, OSS or GST return asks for."""
        query = TaxReportQuery(data=request.query_params)
        query.is_valid(raise_exception=True)
        brand_id, livemode = self.credential.brand_id, self.credential.livemode
        zone = Brand.objects.get(pk=brand_id).default_time_zone
        since = start_of_day(query.validated_data["from"], zone)
        until = start_of_day(query.validated_data["to"] + timedelta(days=1), zone)
        rows = tax_by_place(brand_id=brand_id, livemode=livemode, since=since, until=until)
        answer = {"livemode": livemode, "since": since, "until": until, "data": rows}
        return Response(TaxReportSerializer(answer).data)
