"""Letting time pass for the customers of a test clock."""

from __future__ import annotations

from typing import ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from apps.billing.api.base import BillingView
from apps.billing.serializers import (
    AdvanceTestClockInput,
)
from apps.billing.services.clocks.request_advance import request_advance
from apps.customers.selectors import get_test_clock
from apps.customers.serializers import TestClockSerializer


class AdvanceTestClock(BillingView):
    required_scopes: ClassVar = {"post": "test_clocks:write"}

    @extend_schema(
        operation_id="advance_test_clock",
        request=AdvanceTestClockInput,
        responses={202: TestClockSerializer},
    )
    def post(self, request: Request, test_clock_id: str) -> Response:
        """Let time pass for the customers of a clock. Ask for the clock until it is `ready` again."""
        own = get_test_clock(**self.tenant, reference=test_clock_id)
        asked = self.read(AdvanceTestClockInput)
        test_clock = request_advance(test_clock=own, to=asked["to"])
        return self.object_response(test_clock, TestClockSerializer, status=202)
