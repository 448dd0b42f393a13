from __future__ import annotations

from datetime import date
from typing import ClassVar

from django.db.models import Q
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from apps.accounts.models import ApiKey
from apps.core import clock
from apps.core.api.views import ApiView
from apps.core.errors import InvalidInput
from apps.customers.models import Customer
from apps.customers.selectors import get_customer, now_for
from apps.taxes.enums import Scheme
from apps.taxes.models import TaxIdCheck
from apps.taxes.selectors import latest_check, open_check, rates, registrations_of
from apps.taxes.serializers import (
    CustomerTaxIdSerializer,
    TaxRateSerializer,
    TaxRegistrationInput,
    TaxRegistrationSerializer,
)
from apps.taxes.services.open_tax_id_check import open_tax_id_check
from apps.taxes.services.register_brand import RegistrationInput, register_brand
from apps.taxes.tax_ids import read_tax_id


class TaxView(ApiView):
    @property
    def key(self) -> ApiKey:
        return self.request.auth  # type: ignore[return-value]

    def filter_day(self, name: str) -> date | None:
        text = self.filter_value(name)
        if not text:
            return None
        try:
            return date.fromisoformat(text)
        except ValueError:
            raise InvalidInput(f"{name} is a day such as 2026-01-01.", field=name) from None


class TaxRates(TaxView):
    required_scopes: ClassVar = {"get": "taxes:read"}
    keyset_ordering = ("id",)

    @extend_schema(
        operation_id="list_tax_rates",
        responses=TaxRateSerializer(many=True),
        parameters=[
            OpenApiParameter("country", str, description="ISO 3166-1 alpha-2."),
            OpenApiParameter("region", str, description="Code of a state, such as CA."),
            OpenApiParameter("tax_code", str),
            OpenApiParameter("on", str, description="Only those that hold on this day (YYYY-MM-DD)."),
        ],
    )
    def get(self, request: Request) -> Response:
        """The installation's dated tax rates."""
        rows = rates()
        for name in ("country", "region"):
            if value := self.filter_value(name):
                rows = rows.filter(**{name: value.upper()})
        if tax_code := self.filter_value("tax_code"):
            rows = rows.filter(tax_code=tax_code)
        if day := self.filter_day("on"):
            rows = rows.filter(Q(valid_to=None) | Q(valid_to__gt=day), valid_from__lte=day)
        return self.list_response(rows, TaxRateSerializer)


class TaxRegistrations(TaxView):
    required_scopes: ClassVar = {"get": "taxes:read", "post": "taxes:write"}
    keyset_ordering = ("id",)

    @extend_schema(operation_id="list_tax_registrations", responses=TaxRegistrationSerializer(many=True))
    def get(self, request: Request) -> Response:
        """Where the brand collects tax, also what is over or to come."""
        return self.list_response(registrations_of(self.key.brand_id), TaxRegistrationSerializer)

    @extend_schema(
        operation_id="create_tax_registration",
        request=TaxRegistrationInput,
        responses={201: TaxRegistrationSerializer},
    )
    def post(self, request: Request) -> Response:
        """Let the brand collect a tax from a day on, in both modes."""
        form = TaxRegistrationInput(data=request.data)
        form.is_valid(raise_exception=True)
        asked = form.validated_data
        registration = register_brand(
            brand=self.key.brand,
            registration=RegistrationInput(**{**asked, "scheme": Scheme(asked["scheme"])}),
            at=clock.now(),
        )
        return self.object_response(registration, TaxRegistrationSerializer, status=201)


class CustomerTaxId(TaxView):
    required_scopes: ClassVar = {"get": "customers:read", "post": "customers:write"}

    def customer(self, reference: str) -> Customer:
        return get_customer(**self.own, reference=reference)

    @extend_schema(operation_id="get_customer_tax_id", responses=CustomerTaxIdSerializer)
    def get(self, request: Request, customer_id: str) -> Response:
        """A customer's tax id and what its register says of it."""
        customer = self.customer(customer_id)
        check = latest_check(customer) or _unchecked(customer)
        return self.object_response(check, CustomerTaxIdSerializer)

    @extend_schema(
        operation_id="check_customer_tax_id", request=None, responses={202: CustomerTaxIdSerializer}
    )
    def post(self, request: Request, customer_id: str) -> Response:
        """Ask the register again, soon; until it answers, the last answer holds for invoices."""
        customer = self.customer(customer_id)
        made = open_tax_id_check(customer_id=customer.pk, at=now_for(customer))
        return self.object_response(open_check(customer) or made, CustomerTaxIdSerializer, status=202)


def _unchecked(customer: Customer) -> TaxIdCheck:
    """What is shown of an id that nobody has looked at: a row that is never saved."""
    known = read_tax_id(customer.tax_id, customer.country)
    return TaxIdCheck(
        customer=customer,
        tax_id=customer.tax_id,
        number=known.number,
        country=known.country if customer.tax_id else "",
        kind=known.kind,
    )
