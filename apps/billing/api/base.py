"""What the endpoints of billing share."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer

from apps.billing.serializers import BilledSubscriptionSerializer
from apps.core.api.views import ApiView
from apps.customers.models import Customer
from apps.customers.selectors import get_customer
from apps.invoices.models import Invoice
from apps.invoices.selectors import get_invoice
from apps.subscriptions.models import Subscription
from apps.subscriptions.selectors import get_subscription
from apps.subscriptions.serializers import SubscriptionSerializer


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

    def billed_response(
        self, subscription: Subscription, invoices: Sequence[Invoice], *, status: int = 200
    ) -> Response:
        """The subscription as it is now, with the invoices that were just issued, in their order."""
        row = self.subscription(subscription.public_id)
        issued = Invoice.objects.select_related("customer").in_bulk([invoice.pk for invoice in invoices])
        row.invoices = [issued[invoice.pk] for invoice in invoices]  # type: ignore[attr-defined]
        return self.object_response(row, BilledSubscriptionSerializer, status=status)

    def subscription_response(self, subscription: Subscription, *, status: int = 200) -> Response:
        """The subscription as it is now, with all its parts."""
        return self.object_response(
            self.subscription(subscription.public_id), SubscriptionSerializer, status=status
        )
