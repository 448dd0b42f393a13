"""Usage that came late: rating closed periods again, and ending the wait of a draft."""

from __future__ import annotations

from typing import ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from apps.billing.api.base import BillingView
from apps.billing.late_serializers import RerateInput, ReratingSerializer
from apps.billing.services.run.finalize_waiting import finalize_waiting
from apps.billing.services.usage.rerate import rerate_subscription
from apps.core.api.schema import REFUSALS
from apps.customers.selectors import now_for
from apps.invoices.serializers import InvoiceWithLinesSerializer


class RerateSubscription(BillingView):
    required_scopes: ClassVar = {"post": "subscriptions:write"}

    @extend_schema(operation_id="rerate_subscription", request=RerateInput, responses=ReratingSerializer)
    def post(self, request: Request, subscription_id: str) -> Response:
        """Say what closed periods cost by now beside what was billed for them, and settle what is due."""
        subscription = self.subscription(subscription_id)
        dry_run, at = self.read(RerateInput)["dry_run"], now_for(subscription.customer)
        rerating = rerate_subscription(subscription_id=subscription.pk, at=at, dry_run=dry_run)
        answer = {
            "subscription": subscription.public_id,
            "currency": subscription.currency,
            "as_of": at,
            "dry_run": dry_run,
            "data": rerating.differences,
            "invoices": [invoice.public_id for invoice in rerating.settled.invoices],
            "credit_notes": [note.public_id for note in rerating.settled.credit_notes],
        }
        return Response(ReratingSerializer(answer).data)


class FinalizeInvoice(BillingView):
    required_scopes: ClassVar = {"post": "invoices:write"}

    @extend_schema(
        operation_id="finalize_invoice",
        request=None,
        responses=InvoiceWithLinesSerializer,
        extensions={REFUSALS: {"409": "It is not a draft."}},
    )
    def post(self, request: Request, invoice_id: str) -> Response:
        """Finalise a draft now, with the usage that has come by now, and begin to collect it."""
        invoice = self.invoice(invoice_id)
        finalize_waiting(invoice_id=invoice.pk, at=now_for(invoice.customer))
        return self.object_response(self.invoice(invoice.public_id), InvoiceWithLinesSerializer)
