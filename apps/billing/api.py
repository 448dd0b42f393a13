from __future__ import annotations

from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer

from apps.billing.enums import CancelTiming
from apps.billing.serializers import (
    AdvanceTestClockInput,
    CancelSubscriptionInput,
    ChangePreviewSerializer,
    ChangeSubscriptionInput,
    CreateSubscriptionInput,
    PayInvoiceInput,
    PaymentWithSecretSerializer,
    PurchaseInput,
    PurchasePreviewSerializer,
    UpcomingInvoicesSerializer,
    VoidInvoiceInput,
    purchase_of,
)
from apps.billing.services.adopt_card import adopt_card, change_default_method
from apps.billing.services.cancel import cancel_at_period_end, cancel_now
from apps.billing.services.change_plan import change_plan_at_period_end
from apps.billing.services.collect import collect_invoice
from apps.billing.services.preview import preview_change, preview_next_bill, preview_purchase
from apps.billing.services.request_advance import request_advance
from apps.billing.services.subscribe import subscribe
from apps.billing.services.void_unpaid import void_unpaid_invoice
from apps.core.api.schema import REFUSALS
from apps.core.api.views import ApiView
from apps.customers.models import Customer
from apps.customers.selectors import get_customer, get_test_clock, now_for
from apps.customers.serializers import TestClockSerializer
from apps.invoices.models import Invoice
from apps.invoices.selectors import get_invoice
from apps.invoices.serializers import InvoiceWithLinesSerializer
from apps.payments.selectors import get_method, get_payment
from apps.payments.serializers import PaymentMethodSerializer
from apps.subscriptions.models import Subscription
from apps.subscriptions.selectors import get_subscription, live_subscriptions_of
from apps.subscriptions.serializers import SubscriptionSerializer
from apps.subscriptions.services.withdraw_change import withdraw_change


class BillingView(ApiView):
    """What the endpoints share: everything is looked up within the key's brand and mode."""

    @property
    def tenant(self) -> dict[str, Any]:
        return {"brand_id": self.credential.brand_id, "livemode": self.credential.livemode}

    def customer(self, reference: str) -> Customer:
        return get_customer(**self.tenant, reference=reference)

    def invoice(self, reference: str) -> Invoice:
        return get_invoice(**self.tenant, reference=reference)

    def subscription(self, reference: str) -> Subscription:
        return get_subscription(**self.tenant, reference=reference)

    def read(self, form_class: type[BaseSerializer[Any]]) -> dict[str, Any]:
        form = form_class(data=self.request.data)
        form.is_valid(raise_exception=True)
        return dict(form.validated_data)

    def subscription_response(self, subscription: Subscription, *, status: int = 200) -> Response:
        """The subscription as it is now, with all its parts."""
        return self.object_response(
            self.subscription(subscription.public_id), SubscriptionSerializer, status=status
        )


class CreateSubscription(BillingView):
    required_scopes: ClassVar = {"post": "subscriptions:write"}

    @extend_schema(
        operation_id="create_subscription",
        request=CreateSubscriptionInput,
        responses={201: SubscriptionSerializer},
    )
    def post(self, request: Request) -> Response:
        """Subscribe a customer to a plan. The first invoice is issued at once and charged right after."""
        asked = self.read(CreateSubscriptionInput)
        customer = self.customer(asked["customer"])
        subscribed = subscribe(customer=customer, purchase=purchase_of(asked), at=now_for(customer))
        return self.subscription_response(subscribed.subscription, status=201)


class PreviewSubscription(BillingView):
    required_scopes: ClassVar = {"post": "subscriptions:read"}

    @extend_schema(
        operation_id="preview_subscription", request=PurchaseInput, responses=PurchasePreviewSerializer
    )
    def post(self, request: Request) -> Response:
        """Say exactly what subscribing would bill now and next, without doing it."""
        asked = self.read(PurchaseInput)
        customer = self.customer(asked["customer"])
        preview = preview_purchase(customer=customer, purchase=purchase_of(asked), at=now_for(customer))
        answer = {
            "now": preview.now,
            "next": preview.next,
            "trial_ends_at": preview.trial_ends_at,
        }
        return Response(PurchasePreviewSerializer(answer).data)


class ChangeSubscription(BillingView):
    required_scopes: ClassVar = {"post": "subscriptions:write"}

    @extend_schema(
        operation_id="change_subscription",
        request=ChangeSubscriptionInput,
        responses=SubscriptionSerializer,
    )
    def post(self, request: Request, subscription_id: str) -> Response:
        """Move to another plan or quantity when the running period ends; replaces what was scheduled."""
        subscription = self.subscription(subscription_id)
        asked = self.read(ChangeSubscriptionInput)
        change_plan_at_period_end(
            subscription=subscription,
            plan_code=asked.get("plan", subscription.plan_version.plan.code),
            quantity=asked.get("quantity"),
            at=now_for(subscription.customer),
        )
        return self.subscription_response(subscription)


class PreviewChange(BillingView):
    required_scopes: ClassVar = {"post": "subscriptions:read"}

    @extend_schema(
        operation_id="preview_subscription_change",
        request=ChangeSubscriptionInput,
        responses=ChangePreviewSerializer,
    )
    def post(self, request: Request, subscription_id: str) -> Response:
        """Say what the next bill would be after a change, with what was used so far, without doing it."""
        subscription = self.subscription(subscription_id)
        asked = self.read(ChangeSubscriptionInput)
        bill = preview_change(
            subscription=subscription,
            plan_code=asked.get("plan", subscription.plan_version.plan.code),
            quantity=asked.get("quantity"),
            at=now_for(subscription.customer),
        )
        effective_at = subscription.current_period_ends_at
        answer = {"effective_at": effective_at, "next": bill}
        return Response(ChangePreviewSerializer(answer).data)


class CancelSubscription(BillingView):
    required_scopes: ClassVar = {"post": "subscriptions:write"}

    @extend_schema(
        operation_id="cancel_subscription",
        request=CancelSubscriptionInput,
        responses=SubscriptionSerializer,
    )
    def post(self, request: Request, subscription_id: str) -> Response:
        """Cancel: when the paid period (or the trial) ends, or now, which bills the usage so far."""
        subscription = self.subscription(subscription_id)
        asked = self.read(CancelSubscriptionInput)
        at = now_for(subscription.customer)
        why = {"reason": asked["reason"], "comment": asked["comment"], "at": at}
        if asked["timing"] == CancelTiming.NOW:
            cancel_now(subscription_id=subscription.pk, **why)
        else:
            cancel_at_period_end(subscription=subscription, **why)
        return self.subscription_response(subscription)


class UndoChange(BillingView):
    required_scopes: ClassVar = {"post": "subscriptions:write"}

    @extend_schema(operation_id="undo_scheduled_change", request=None, responses=SubscriptionSerializer)
    def post(self, request: Request, subscription_id: str) -> Response:
        """Take back a scheduled change or cancellation, as if it had never been asked for."""
        subscription = self.subscription(subscription_id)
        withdraw_change(subscription_id=subscription.pk, at=now_for(subscription.customer))
        return self.subscription_response(subscription)


class UpcomingInvoices(BillingView):
    required_scopes: ClassVar = {"get": "invoices:read"}

    @extend_schema(operation_id="list_upcoming_invoices", responses=UpcomingInvoicesSerializer)
    def get(self, request: Request, customer_id: str) -> Response:
        """What each running subscription of a customer will bill next, with what was used so far."""
        customer = self.customer(customer_id)
        bills = [
            (subscription.public_id, bill)
            for subscription in live_subscriptions_of(customer.pk)
            if (bill := preview_next_bill(subscription=subscription)) is not None
        ]
        answer = {
            "customer": customer.public_id,
            "as_of": now_for(customer),
            "data": bills,
        }
        return Response(UpcomingInvoicesSerializer(answer).data)


class VoidInvoice(BillingView):
    required_scopes: ClassVar = {"post": "invoices:write"}

    @extend_schema(
        operation_id="void_invoice", request=VoidInvoiceInput, responses=InvoiceWithLinesSerializer
    )
    def post(self, request: Request, invoice_id: str) -> Response:
        """Cancel an invoice of which nothing was paid. It keeps its number; it is no longer collected."""
        invoice = self.invoice(invoice_id)
        asked = self.read(VoidInvoiceInput)
        void_unpaid_invoice(invoice_id=invoice.pk, reason=asked["reason"], at=now_for(invoice.customer))
        return self.object_response(self.invoice(invoice.public_id), InvoiceWithLinesSerializer)


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


class PayInvoice(BillingView):
    required_scopes: ClassVar = {"post": "payments:write"}
    # The gateway is called, which no transaction may wait for.
    idempotency = "object"

    @extend_schema(
        operation_id="pay_invoice",
        tags=["payments"],
        request=PayInvoiceInput,
        responses=PaymentWithSecretSerializer,
    )
    def post(self, request: Request, invoice_id: str) -> Response:
        """Charge what an open invoice owes, now. A decline is an answer, not an error: look at `status`."""
        invoice = self.invoice(invoice_id)
        asked = self.read(PayInvoiceInput)
        reference = asked.get("payment_method")
        method = get_method(customer_id=invoice.customer_id, reference=reference) if reference else None
        payment = collect_invoice(
            invoice_id=invoice.pk,
            at=now_for(invoice.customer),
            off_session=asked["off_session"],
            method=method,
        )
        return self.object_response(payment, PaymentWithSecretSerializer)

    def render_object(self, request: Request, *, object_type: str, object_id: str) -> Response:
        payment = get_payment(**self.tenant, reference=object_id)
        return self.object_response(payment, PaymentWithSecretSerializer)


class FinishCardSetup(BillingView):
    required_scopes: ClassVar = {"post": "payments:write"}
    # The gateway is called, which no transaction may wait for.
    idempotency = "object"

    @extend_schema(
        operation_id="finish_card_setup",
        tags=["payments"],
        request=None,
        responses=PaymentMethodSerializer,
        extensions={
            REFUSALS: {"402": "No card was saved, or it was refused.", "503": "The gateway did not answer."}
        },
    )
    def post(self, request: Request, customer_id: str, setup_id: str) -> Response:
        """Keep the card that a setup has saved: the default from now on, charged for what is unpaid."""
        customer = self.customer(customer_id)
        method = adopt_card(customer=customer, setup_id=setup_id, at=now_for(customer))
        return self.object_response(method, PaymentMethodSerializer)

    def render_object(self, request: Request, *, object_type: str, object_id: str) -> Response:
        customer = self.customer(self.kwargs["customer_id"])
        method = get_method(customer_id=customer.pk, reference=object_id)
        return self.object_response(method, PaymentMethodSerializer)


class ChooseDefaultMethod(BillingView):
    required_scopes: ClassVar = {"post": "payments:write"}
    # The gateway is called, which no transaction may wait for.
    idempotency = "object"

    @extend_schema(
        operation_id="choose_default_payment_method",
        tags=["payments"],
        request=None,
        responses=PaymentMethodSerializer,
    )
    def post(self, request: Request, customer_id: str, method_id: str) -> Response:
        """Charge this card from now on, and unpaid invoices at once."""
        customer = self.customer(customer_id)
        method = get_method(customer_id=customer.pk, reference=method_id)
        method = change_default_method(method=method, at=now_for(customer))
        return self.object_response(method, PaymentMethodSerializer)

    def render_object(self, request: Request, *, object_type: str, object_id: str) -> Response:
        customer = self.customer(self.kwargs["customer_id"])
        method = get_method(customer_id=customer.pk, reference=object_id)
        return self.object_response(method, PaymentMethodSerializer)
