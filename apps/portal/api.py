from __future__ import annotations

from typing import Any, ClassVar

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from apps.accounts.models import ApiKey
from apps.core import clock
from apps.core.api.views import ApiView
from apps.core.errors import NotFound
from apps.customers.models import Customer
from apps.customers.selectors import get_customer, get_test_clock, now_for
from apps.portal.models import CheckoutSession, PortalSession
from apps.portal.serializers import (
    CheckoutSessionSerializer,
    CreateCheckoutSessionInput,
    CreatePortalSessionInput,
    PortalSessionSerializer,
    offer_of,
)
from apps.portal.services.open_checkout import open_checkout
from apps.portal.services.open_checkout_for_profile import open_checkout_for_profile
from apps.portal.services.open_portal_session import open_portal_session


class SessionView(ApiView):
    """What the endpoints share: everything is looked up within the key's brand and mode."""

    @property
    def key(self) -> ApiKey:
        return self.request.auth  # type: ignore[return-value]

    @property
    def tenant(self) -> dict[str, Any]:
        return {"brand_id": self.key.brand_id, "livemode": self.key.livemode}

    def customer(self, reference: str) -> Customer:
        return get_customer(**self.tenant, reference=reference)

    def checkout_response(self, public_id: str, *, with_link: bool, status: int = 200) -> Response:
        session = (
            CheckoutSession.objects.select_related(
                "customer__test_clock", "plan_version__plan", "subscription"
            )
            .filter(**self.tenant, public_id=public_id)
            .first()
        )
        if session is None:
            raise NotFound(f"There is no checkout session '{public_id}'.")
        context = {
            "request": self.request,
            "expand": self.expansion(CheckoutSessionSerializer),
            "now": clock.now(),
            "with_link": with_link,
        }
        return Response(CheckoutSessionSerializer(session, context=context).data, status=status)


class CheckoutSessions(SessionView):
    required_scopes: ClassVar = {"post": "checkout_sessions:write"}
    # The answer holds a link that must not be stored.
    idempotency = "object"

    @extend_schema(
        operation_id="create_checkout_session",
        request=CreateCheckoutSessionInput,
        responses={201: CheckoutSessionSerializer},
    )
    def post(self, request: Request) -> Response:
        """Open a hosted page on which a customer can buy a plan; send the browser to `url` within a day."""
        form = CreateCheckoutSessionInput(data=request.data)
        form.is_valid(raise_exception=True)
        session = self._open(dict(form.validated_data))
        return self.checkout_response(session.public_id, with_link=True, status=201)

    def render_object(self, request: Request, *, object_type: str, object_id: str) -> Response:
        return self.checkout_response(object_id, with_link=True, status=201)

    def _open(self, asked: dict[str, Any]) -> CheckoutSession:
        offer, now = offer_of(asked), clock.now()
        if "customer" in asked:
            customer = self.customer(asked["customer"])
            return open_checkout(customer=customer, offer=offer, at=now_for(customer), now=now)
        profile = dict(asked["customer_data"])
        reference = profile.pop("test_clock", None)
        test_clock = get_test_clock(**self.tenant, reference=reference) if reference else None
        return open_checkout_for_profile(
            brand=self.key.brand,
            livemode=self.key.livemode,
            offer=offer,
            now=now,
            test_clock=test_clock,
            **profile,
        )


class CheckoutSessionDetail(SessionView):
    required_scopes: ClassVar = {"get": "checkout_sessions:read"}

    @extend_schema(operation_id="get_checkout_session", responses=CheckoutSessionSerializer)
    def get(self, request: Request, session_id: str) -> Response:
        """Whether a hosted checkout is open, complete (then with its `subscription`) or expired."""
        return self.checkout_response(session_id, with_link=False)


class PortalSessions(SessionView):
    required_scopes: ClassVar = {"post": "portal_sessions:write"}
    idempotency = "object"

    @extend_schema(
        operation_id="create_portal_session",
        request=CreatePortalSessionInput,
        responses={201: PortalSessionSerializer},
    )
    def post(self, request: Request) -> Response:
        """Make a link into the portal that signs its bearer in as a customer, for an hour."""
        form = CreatePortalSessionInput(data=request.data)
        form.is_valid(raise_exception=True)
        customer = self.customer(form.validated_data["customer"])
        session = open_portal_session(
            customer=customer,
            return_url=form.validated_data["return_url"],
            at=now_for(customer),
            now=clock.now(),
        )
        return self.object_response(session, PortalSessionSerializer, status=201)

    def render_object(self, request: Request, *, object_type: str, object_id: str) -> Response:
        rows: QuerySet[PortalSession] = PortalSession.objects.select_related("customer__test_clock")
        session = rows.get(**self.tenant, public_id=object_id)
        return self.object_response(session, PortalSessionSerializer, status=201)
