"""The pricing service: what something would cost, offers that can be accepted, invoices to come."""

from __future__ import annotations

from typing import Any, ClassVar

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from apps.accounts.models import Brand
from apps.billing.api.base import BillingView
from apps.billing.effects import Effect
from apps.billing.errors import QuoteOutdated
from apps.billing.invoice_inputs import invoice_terms_from, manual_line_from
from apps.billing.quote_inputs import (
    AcceptQuoteInput,
    CreateQuoteInput,
    PreviewInvoiceInput,
    place_from,
    private_offer_from,
    quote_terms_from,
)
from apps.billing.quote_serializers import (
    InvoicePreviewSerializer,
    QuotedSerializer,
    QuoteSerializer,
    QuoteWithPreviewSerializer,
    rendered_preview,
)
from apps.billing.serializers import BilledSubscriptionSerializer
from apps.billing.services.quotes.accept_quote import accept_quote
from apps.billing.services.quotes.keep_quote import keep_quote
from apps.billing.services.quotes.preview_invoice import preview_manual_invoice, preview_next_invoices
from apps.billing.services.quotes.preview_quote import preview_quote, preview_quote_for_place
from apps.core import clock
from apps.core.api.schema import REFUSALS
from apps.customers.models import Customer
from apps.customers.selectors import now_for
from apps.invoices.enums import QuoteStatus
from apps.invoices.models import Quote
from apps.invoices.selectors import get_quote, quotes_of
from apps.invoices.services.cancel_quote import cancel_quote
from apps.subscriptions.enums import CollectionMethod
from apps.subscriptions.errors import SubscriptionNotFound
from apps.subscriptions.selectors import live_subscriptions_of

CLOSED = {REFUSALS: {"409": "The quote is not open any more."}}
MOVED = {REFUSALS: {"409": "It is not open, or prices, a coupon or the tax have moved: see `preview`."}}


class QuoteView(BillingView):
    def quote(self, reference: str) -> Quote:
        return get_quote(**self.tenant, reference=reference)


class Quotes(QuoteView):
    required_scopes: ClassVar = {"get": "quotes:read", "post": "quotes:write"}

    @extend_schema(
        operation_id="list_quotes",
        responses=QuoteSerializer(many=True),
        parameters=[
            OpenApiParameter("customer", str, description="Id or external id of a customer."),
            OpenApiParameter("status", str, enum=QuoteStatus.values),
        ],
    )
    def get(self, request: Request) -> Response:
        """The quotes that were kept, newest first, without their bills."""
        rows = quotes_of(**self.tenant)
        if customer := self.filter_value("customer"):
            rows = rows.filter(customer=self.customer(customer))
        if status := self.filter_choice("status", QuoteStatus.values):
            rows = rows.filter(status=status)
        return self.list_response(rows, QuoteSerializer)

    @extend_schema(
        operation_id="create_quote",
        request=CreateQuoteInput,
        responses={200: QuotedSerializer, 201: QuotedSerializer},
    )
    def post(self, request: Request) -> Response:
        """Say what a plan, or prices of their own, would cost somebody: the first bill and the next one, as
        invoices would have them. Nothing is kept, unless `keep` makes it an offer that can be accepted."""
        asked = self.read(CreateQuoteInput)
        terms, offer = quote_terms_from(asked), private_offer_from(asked)
        if "place" in asked:
            preview = preview_quote_for_place(
                terms=terms,
                place=place_from(asked),
                brand=Brand.objects.get(pk=self.credential.brand_id),
                livemode=self.credential.livemode,
                at=clock.now(),
                offer=offer,
            )
            return Response(QuotedSerializer({"quote": None, "preview": preview}).data)
        customer = self.customer(asked["customer"])
        at = now_for(customer)
        if not asked["keep"]:
            preview = preview_quote(terms=terms, customer=customer, at=at, offer=offer)
            return Response(QuotedSerializer({"quote": None, "preview": preview}).data)
        kept, preview = keep_quote(
            customer=customer,
            terms=terms,
            at=at,
            rendered=rendered_preview,
            offer=offer,
            expires_at=asked.get("expires_at"),
            memo=asked["memo"],
        )
        return Response(QuotedSerializer({"quote": kept, "preview": preview}).data, status=201)


class QuoteDetail(QuoteView):
    required_scopes: ClassVar = {"get": "quotes:read"}

    @extend_schema(operation_id="get_quote", responses=QuoteWithPreviewSerializer)
    def get(self, request: Request, quote_id: str) -> Response:
        """A kept quote with the bills that it has shown."""
        return self.object_response(self.quote(quote_id), QuoteWithPreviewSerializer)


class CancelQuote(QuoteView):
    required_scopes: ClassVar = {"post": "quotes:write"}

    @extend_schema(operation_id="cancel_quote", request=None, responses=QuoteSerializer, extensions=CLOSED)
    def post(self, request: Request, quote_id: str) -> Response:
        """Take an offer back: it can be accepted no more."""
        quote = self.quote(quote_id)
        cancel_quote(quote_id=quote.pk, at=now_for(quote.customer))
        return self.object_response(self.quote(quote_id), QuoteSerializer)


class AcceptQuote(QuoteView):
    required_scopes: ClassVar = {"post": "subscriptions:write"}

    @extend_schema(
        operation_id="accept_quote",
        request=AcceptQuoteInput,
        responses={201: BilledSubscriptionSerializer},
        extensions=MOVED,
    )
    def post(self, request: Request, quote_id: str) -> Response:
        """Subscribe to exactly what was quoted. Where prices, a coupon or the tax have moved, nothing is
        done, and the 409 quote_outdated has the `preview` of now; its `figures` accept that instead."""
        quote = self.quote(quote_id)
        asked = self.read(AcceptQuoteInput)
        try:
            accepted = accept_quote(quote=quote, at=now_for(quote.customer), figures=asked["figures"])
        except QuoteOutdated as error:
            shown = rendered_preview(error.preview) if error.preview else None
            error.extensions = {"preview": shown}
            raise
        subscribed = accepted.subscribed
        return self.billed_response(subscribed.subscription, subscribed.invoices, status=201)


class PreviewInvoice(BillingView):
    required_scopes: ClassVar = {"post": "invoices:read"}

    @extend_schema(
        operation_id="preview_invoice", request=PreviewInvoiceInput, responses=InvoicePreviewSerializer
    )
    def post(self, request: Request) -> Response:
        """The invoice that lines written by hand would be, or that subscriptions come to next, with
        discounts, taxes and what pays of it. Nothing is kept."""
        asked = self.read(PreviewInvoiceInput)
        customer = self.customer(asked["customer"])
        bill = self._of_lines(customer, asked) if "lines" in asked else self._next(customer, asked)
        return Response(InvoicePreviewSerializer({"customer": customer.public_id, "bill": bill}).data)

    def _of_lines(self, customer: Customer, asked: dict[str, Any]) -> Effect:
        given = asked | {"collection_method": CollectionMethod.CHARGE_AUTOMATICALLY}
        return preview_manual_invoice(
            customer=customer,
            terms=invoice_terms_from(given, customer),
            lines=[manual_line_from(line) for line in asked["lines"]],
            codes=asked.get("promotion_codes", ()),
            at=now_for(customer),
        )

    def _next(self, customer: Customer, asked: dict[str, Any]) -> Effect | None:
        if "subscriptions" in asked:
            named = [self.subscription(reference) for reference in asked["subscriptions"]]
            if any(subscription.customer_id != customer.pk for subscription in named):
                # Another customer's is answered as one that does not exist.
                raise SubscriptionNotFound("The customer has no such subscription.", field="subscriptions")
        else:
            named = list(live_subscriptions_of(customer.pk))
        return preview_next_invoices(
            customer=customer,
            subscriptions=named,
            codes=asked.get("promotion_codes", ()),
            at=now_for(customer),
        )
