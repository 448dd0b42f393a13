from __future__ import annotations

from typing import ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from apps.core.api.views import ApiView
from apps.customers.selectors import get_customer
from apps.entitlements.models import CustomerAccess
from apps.entitlements.serializers import CustomerAccessSerializer


class CustomerAccessView(ApiView):
    required_scopes: ClassVar = {"get": "customers:read"}

    @extend_schema(operation_id="get_customer_access", responses=CustomerAccessSerializer)
    def get(self, request: Request, customer_id: str) -> Response:
        """How far a customer may use the product now: full, read-only or suspended, and why."""
        customer = get_customer(**self.own, reference=customer_id)
        access = CustomerAccess.objects.select_related("customer").filter(customer=customer).first()
        # No row means full access.
        return self.object_response(access or CustomerAccess(customer=customer), CustomerAccessSerializer)
