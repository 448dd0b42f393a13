from __future__ import annotations

from datetime import datetime

from django.db import transaction

from apps.billing.services.bill_subscription import final_charges
from apps.billing.services.issue_invoices import issue_invoices
from apps.customers.models import Customer
from apps.invoices.models import Invoice
from apps.subscriptions.enums import ChangeKind
from apps.subscriptions.models import ScheduledChange, Subscription
from apps.subscriptions.services.end import end_subscription
from apps.subscriptions.services.schedule_change import ChangeTerms, schedule_change


@transaction.atomic
def cancel_now(*, subscription_id: int, reason: str, comment: str, at: datetime) -> list[Invoice]:
    """Cancel at once: the running period is cut at `at`, its usage and arrears are billed.

    What was paid in advance is not credited. Everything happens in one transaction.

    Raises:
        SubscriptionRefused: it is canceled already (409).
    """
    owner = Subscription.objects.only("customer_id").get(pk=subscription_id).customer_id
    customer = (
        Customer.objects.select_related("brand").select_for_update(of=("self",), no_key=True).get(pk=owner)
    )
    subscription = Subscription.objects.select_for_update().get(pk=subscription_id)
    end_subscription(subscription=subscription, at=at, reason=reason, comment=comment)
    charges = final_charges(subscription=subscription, at=at)
    return issue_invoices(customer=customer, billed=[(subscription, charges)], at=at)


def cancel_at_period_end(
    *, subscription: Subscription, reason: str, comment: str, at: datetime
) -> ScheduledChange:
    """Let a subscription run to the end of what is paid (or of its trial), and then end.

    Raises:
        SubscriptionRefused: it is canceled already (409).
    """
    return schedule_change(
        subscription_id=subscription.pk,
        terms=ChangeTerms(kind=ChangeKind.CANCEL, reason=reason, comment=comment),
        effective_at=subscription.current_period_ends_at,
        at=at,
    )
