from __future__ import annotations

from typing import ClassVar

from django.db.models import Q
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from apps.accounts.models import ApiKey
from apps.audit.selectors import timeline_for_customer
from apps.audit.serializers import EventSerializer
from apps.core import clock
from apps.core.api.views import ApiView
from apps.customers import selectors
from apps.customers.models import Customer, TestClock
from apps.customers.serializers import (
    CreateCustomerInput,
    CreateTestClockInput,
    CustomerInput,
    CustomerSerializer,
    TestClockSerializer,
)
from apps.customers.services.create_test_clock import create_test_clock
from apps.customers.services.release_clock import release_clock
from apps.customers.services.update_customer import update_customer
from apps.customers.services.upsert_customer import upsert_customer


class CustomerView(ApiView):
    """What every endpoint of customers shares: they are looked up within the key's brand and mode."""

    @property
    def key(self) -> ApiKey:
        return self.request.auth  # type: ignore[return-value]

    def customer(self, reference: str) -> Customer:
        return selectors.get_customer(**self.own, reference=reference)

    def test_clock(self, reference: str | None) -> TestClock | None:
        if reference is None:
            return None
        return selectors.get_test_clock(**self.own, reference=reference)


class Customers(CustomerView):
    required_scopes: ClassVar = {"get": "customers:read", "post": "customers:write"}

    @extend_schema(
        operation_id="list_customers",
        responses=CustomerSerializer(many=True),
        parameters=[
            OpenApiParameter("email", str, description="Exactly this address."),
            OpenApiParameter("external_id", str),
            OpenApiParameter("test_clock", str, description="Id of a test clock."),
            OpenApiParameter("query", str, description="Part of a name or address."),
        ],
    )
    def get(self, request: Request) -> Response:
        """The customers of the key's brand and mode, newest first."""
        rows = selectors.customers_of(**self.own)
        if email := self.filter_value("email"):
            rows = rows.filter(email__iexact=email)
        if external_id := self.filter_value("external_id"):
            rows = rows.filter(external_id=external_id)
        if test_clock := self.filter_value("test_clock"):
            rows = rows.filter(test_clock__public_id=test_clock)
        if query := self.filter_value("query"):
            rows = rows.filter(Q(name__icontains=query) | Q(email__icontains=query))
        return self.list_response(rows, CustomerSerializer)

    @extend_schema(
        operation_id="create_customer",
        request=CreateCustomerInput,
        responses={
            201: CustomerSerializer,
            200: OpenApiResponse(
                CustomerSerializer, description="A customer with this external_id was updated."
            ),
        },
    )
    def post(self, request: Request) -> Response:
        """Create a customer, or update the one with the same `external_id`."""
        form = CreateCustomerInput(data=request.data)
        form.is_valid(raise_exception=True)
        profile = dict(form.validated_data)
        customer, created = upsert_customer(
            brand=self.key.brand,
            livemode=self.key.livemode,
            at=clock.now(),
            test_clock=self.test_clock(profile.pop("test_clock", None)),
            **profile,
        )
        return self.object_response(customer, CustomerSerializer, status=201 if created else 200)


class CustomerDetail(CustomerView):
    required_scopes: ClassVar = {"get": "customers:read", "patch": "customers:write"}

    @extend_schema(operation_id="get_customer", responses=CustomerSerializer)
    def get(self, request: Request, customer_id: str) -> Response:
        """One customer, by id or external id."""
        return self.object_response(self.customer(customer_id), CustomerSerializer)

    @extend_schema(operation_id="update_customer", request=CustomerInput, responses=CustomerSerializer)
    def patch(self, request: Request, customer_id: str) -> Response:
        """Change the fields that are sent; `metadata` is replaced as a whole."""
        customer = self.customer(customer_id)
        form = CustomerInput(data=request.data)
        form.is_valid(raise_exception=True)
        customer = update_customer(
            customer_id=customer.pk,
            changes=form.validated_data,
            at=selectors.now_for(customer),
        )
        return self.object_response(customer, CustomerSerializer)


class CustomerTimeline(CustomerView):
    required_scopes: ClassVar = {"get": "customers:read"}
    keyset_ordering = ("-at", "-id")

    @extend_schema(operation_id="list_customer_events", responses=EventSerializer(many=True))
    def get(self, request: Request, customer_id: str) -> Response:
        """What happened to a customer and everything of theirs, newest first in the customer's time."""
        rows = timeline_for_customer(customer_id=self.customer(customer_id).pk)
        return self.list_response(rows, EventSerializer)


class CustomerByExternalId(CustomerView):
    required_scopes: ClassVar = {"get": "customers:read"}

    @extend_schema(operation_id="get_customer_by_external_id", responses=CustomerSerializer)
    def get(self, request: Request, external_id: str) -> Response:
        """One customer, by your own id of it."""
        customer = selectors.get_customer_by_external_id(**self.own, external_id=external_id)
        return self.object_response(customer, CustomerSerializer)


class TestClocks(CustomerView):
    required_scopes: ClassVar = {"get": "test_clocks:read", "post": "test_clocks:write"}

    @extend_schema(operation_id="list_test_clocks", responses=TestClockSerializer(many=True))
    def get(self, request: Request) -> Response:
        """The test clocks of the key's brand, newest first."""
        rows = selectors.test_clocks_of(**self.own)
        return self.list_response(rows, TestClockSerializer)

    @extend_schema(
        operation_id="create_test_clock",
        request=CreateTestClockInput,
        responses={201: TestClockSerializer},
    )
    def post(self, request: Request) -> Response:
        """Make a clock; create customers with its id to move their time by hand."""
        form = CreateTestClockInput(data=request.data)
        form.is_valid(raise_exception=True)
        test_clock = create_test_clock(
            brand=self.key.brand,
            livemode=self.key.livemode,
            at=clock.now(),
            **form.validated_data,
        )
        return self.object_response(test_clock, TestClockSerializer, status=201)


class TestClockDetail(CustomerView):
    required_scopes: ClassVar = {"get": "test_clocks:read"}

    @extend_schema(operation_id="get_test_clock", responses=TestClockSerializer)
    def get(self, request: Request, test_clock_id: str) -> Response:
        """One test clock: where it stands, and whether it is moving."""
        return self.object_response(self.test_clock(test_clock_id), TestClockSerializer)


class ReleaseTestClock(CustomerView):
    required_scopes: ClassVar = {"post": "test_clocks:write"}

    @extend_schema(operation_id="release_test_clock", request=None, responses=TestClockSerializer)
    def post(self, request: Request, test_clock_id: str) -> Response:
        """Let the customers of a clock that has reached the present live in real time from now on."""
        own = selectors.get_test_clock(**self.own, reference=test_clock_id)
        test_clock = release_clock(test_clock_id=own.pk, at=clock.now())
        return self.object_response(test_clock, TestClockSerializer)
