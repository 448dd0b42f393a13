"""Endpoints that exist in tests only: the plumbing is tried on them, without any app above core."""

from __future__ import annotations

import threading
from datetime import date, timedelta
from itertools import count
from typing import Any, ClassVar

from django.http import HttpRequest, HttpResponse
from django.urls import path
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from apps.accounts.models import Brand
from apps.core import clock
from apps.core.api.expand import ExpandableField
from apps.core.api.fields import DecimalString, MetadataField, MinorUnits, Rfc3339UtcField
from apps.core.api.problems import problem_response
from apps.core.api.views import ApiView
from apps.core.errors import Conflict
from apps.core.idempotency import keep_object
from apps.core.models import ExchangeRate
from apps.pricing.errors import PricingError

# Lets a test hold a request in the middle of its work.
hold = threading.Event()
hold.set()
entered = threading.Semaphore(0)

_number = count()


class ItemInput(serializers.Serializer[Any]):
    price = MinorUnits()


class OrderInput(serializers.Serializer[Any]):
    name = serializers.CharField(max_length=20)
    items = ItemInput(many=True, required=False)
    rate = DecimalString(required=False)
    at = Rfc3339UtcField(required=False)
    metadata = MetadataField()


class RateOutput(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    source = serializers.CharField()


class BrandOutput(serializers.Serializer[Any]):
    id = serializers.CharField(source="public_id")
    twin = ExpandableField(source="*", serializer="tests.core.api.endpoints.BrandOutput")


class Orders(ApiView):
    """Writes a row, then answers: under a key, both or none."""

    required_scopes: ClassVar = {"get": "orders:read", "post": "orders:write"}
    keyset_ordering = ("-date", "-id")

    def get(self, request: Request) -> Response:
        return self.list_response(ExchangeRate.objects.all(), RateOutput)

    def post(self, request: Request) -> Response:
        body = OrderInput(data=request.data)
        body.is_valid(raise_exception=True)
        name = body.validated_data["name"]
        # A row that no constraint of its own keeps from being made twice.
        rate = ExchangeRate.objects.create(
            date=date(2000, 1, 1) + timedelta(days=next(_number)),
            base="EUR",
            quote="USD",
            rate=1,
            source=name,
        )
        entered.release()
        hold.wait(10)
        if name == "refused":
            raise Conflict("Not this one.", field="name")
        return Response({"id": rate.pk, "source": name}, status=201)


class Payments(ApiView):
    """Commits an object with the key, then may die before it answers, as a gateway call may."""

    required_scopes: ClassVar = {"post": "orders:write"}
    idempotency = "object"

    def post(self, request: Request) -> Response:
        if request.data.get("nothing"):
            return Response({"source": "nothing to pay"})
        rate = ExchangeRate.objects.create(
            date=clock.now().date(), base="EUR", quote="USD", rate=1, source="first"
        )
        keep_object(object_type="rate", object_id=str(rate.pk))
        if request.data.get("dies"):
            raise ConnectionResetError("the process died here")
        return self.render_object(request, object_type="rate", object_id=str(rate.pk), status=201)

    def render_object(
        self, request: Request, *, object_type: str, object_id: str, status: int = 200
    ) -> Response:
        return Response({"source": ExchangeRate.objects.get(pk=object_id).source}, status=status)


class BrandPage(ApiView):
    required_scopes: ClassVar = {"get": "brands:read"}

    def get(self, request: Request) -> Response:
        return self.object_response(Brand.objects.get(pk=self.credential.brand_id), BrandOutput)


def plain(request: HttpRequest) -> HttpResponse:
    return problem_response(PricingError("tiers_overlap", "Tiers overlap.", "tiers[1].up_to"))


def broken(request: HttpRequest) -> HttpResponse:
    raise RuntimeError("nobody foresaw this")


handler404 = "apps.core.api.error_pages.page_not_found"
handler500 = "apps.core.api.error_pages.server_error"

urlpatterns = [
    path("api/orders", Orders.as_view()),
    path("api/payments", Payments.as_view()),
    path("api/brand", BrandPage.as_view()),
    path("api/plain", plain),
    path("api/broken", broken),
]
