from __future__ import annotations

from typing import ClassVar

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from apps.core.api.views import ApiView
from apps.customers.models import Customer
from apps.customers.selectors import get_customer, now_for
from apps.wallets.selectors import balances_of, movements_of
from apps.wallets.serializers import (
    AdjustBalanceInput,
    BalanceMovementSerializer,
    CustomerBalanceSerializer,
)
from apps.wallets.services.adjust import adjust_balance


class BalanceView(ApiView):
    """What every endpoint here shares: the customer is looked up within the key's brand and mode."""

    def customer(self, reference: str) -> Customer:
        return get_customer(**self.own, reference=reference)


class CustomerBalances(BalanceView):
    required_scopes: ClassVar = {"get": "balances:read"}
    keyset_ordering = ("id",)

    @extend_schema(operation_id="list_customer_balances", responses=CustomerBalanceSerializer(many=True))
    def get(self, request: Request, customer_id: str) -> Response:
        """What a customer may spend: a balance for each currency that ever moved."""
        return self.list_response(balances_of(self.customer(customer_id).pk), CustomerBalanceSerializer)


class BalanceMovements(BalanceView):
    required_scopes: ClassVar = {"get": "balances:read", "post": "balances:write"}
    keyset_ordering = ("-id",)

    @extend_schema(
        operation_id="list_balance_movements",
        responses=BalanceMovementSerializer(many=True),
        parameters=[OpenApiParameter("currency", str, description="ISO 4217; all without.")],
    )
    def get(self, request: Request, customer_id: str) -> Response:
        """Why a customer's balances are what they are, newest first."""
        currency = self.filter_value("currency") or None
        return self.list_response(
            movements_of(self.customer(customer_id).pk, currency), BalanceMovementSerializer
        )

    @extend_schema(
        operation_id="create_balance_movement",
        request=AdjustBalanceInput,
        responses={201: BalanceMovementSerializer},
    )
    def post(self, request: Request, customer_id: str) -> Response:
        """Give to a customer's balance by hand, or take from it; it never falls below zero."""
        customer = self.customer(customer_id)
        form = AdjustBalanceInput(data=request.data)
        form.is_valid(raise_exception=True)
        asked = form.validated_data
        movement = adjust_balance(
            customer=customer,
            currency=(asked["currency"] or customer.currency).upper(),
            amount_minor=asked["amount_minor"],
            note=asked["note"],
            at=now_for(customer),
        )
        return self.object_response(movement, BalanceMovementSerializer, status=201)
