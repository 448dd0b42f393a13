"""What becomes of an invoice that nobody pays."""

from __future__ import annotations

from typing import ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from apps.billing.api.base import BillingView
from apps.billing.dunning_serializers import DunningSerializer
from apps.billing.errors import CollectionNotFound
from apps.billing.services.collection.preview_dunning import preview_dunning
from apps.customers.selectors import now_for


class InvoiceDunning(BillingView):
    required_scopes: ClassVar = {"get": "invoices:read"}

    @extend_schema(operation_id="get_invoice_dunning", responses=DunningSerializer)
    def get(self, request: Request, invoice_id: str) -> Response:
        """Foresee the steps of an invoice's collecting: what happens on which day, and what has happened.

        Nothing is changed. 404 for an invoice that is not charged automatically.
        """
        invoice = self.invoice(invoice_id)
        at = now_for(invoice.customer)
        foreseen = preview_dunning(invoice=invoice, at=at)
        if foreseen is None:
            raise CollectionNotFound(f"Invoice '{invoice_id}' is not collected automatically.")
        answer = {
            "invoice": invoice.public_id,
            "as_of": at,
            "status": foreseen.case.status,
            "policy": foreseen.policy_name,
            "first_failed_at": foreseen.first_failed_at,
            "is_assumed": foreseen.is_assumed,
            "decline_kind": foreseen.decline_kind,
            "next_attempt_at": foreseen.case.next_attempt_at,
            "next_step_at": foreseen.case.next_step_at,
            "steps": foreseen.steps,
        }
        return Response(DunningSerializer(answer).data)
