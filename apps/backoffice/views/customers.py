from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar

from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_safe

from apps.audit.selectors import timeline_for_customer
from apps.backoffice.access import StaffRequest, staff_page
from apps.backoffice.acts import CustomerAct
from apps.backoffice.event_wording import timeline_entries
from apps.backoffice.forms import AccessForm
from apps.backoffice.holdings import holdings_of
from apps.backoffice.listing import answer_list
from apps.backoffice.lists import customer_list
from apps.backoffice.selectors import (
    cases_of,
    currencies_in_use,
    invoices_listed,
    parked_listed,
    payments_listed,
)
from apps.customers.models import Customer
from apps.customers.selectors import customers_of, get_customer, members_of, now_for, open_invitations
from apps.entitlements.enums import AccessLevel, AccessReason
from apps.entitlements.models import CustomerAccess
from apps.entitlements.services.set_access import set_access
from apps.notifications.selectors import mails_of
from apps.payments.selectors import methods_of
from apps.rating.services.running_usage import MeterUsage, UnratedUsage, usage_to_show
from apps.subscriptions.enums import LIVE_STATUSES
from apps.subscriptions.models import Subscription
from apps.subscriptions.selectors import subscriptions_of
from apps.wallets.selectors import balances_of, movements_of

SHOWN = 10
SHOWN_EVENTS = 25


@require_safe
@staff_page("customers.view_customer")
def customers(request: StaffRequest) -> HttpResponseBase:
    own = request.desk.scope
    return answer_list(request, customers_of(**own), customer_list(currencies_in_use(**own)))


@require_safe
@staff_page("customers.view_customer")
def customer(request: StaffRequest, reference: str) -> HttpResponseBase:
    """Everything about one customer, in the order in which support asks for it."""
    found = get_customer(**request.desk.scope, reference=reference)
    at = now_for(found)
    clock = found.test_clock
    return render(
        request,
        "backoffice/customer.html",
        {
            "customer": found,
            "access": CustomerAccess.objects.filter(pk=found.pk).first(),
            "members": list(members_of(found)),
            "invitations": list(open_invitations(found, at=at)),
            "consents": list(found.consents.select_related("given_by").order_by("-given_at", "-id")[:SHOWN]),
            "methods": list(methods_of(found.pk)),
            "parked": parked_listed(**request.desk.scope).filter(customer=found, released_at=None).first(),
            "mails": list(mails_of(found.pk)[:SHOWN]),
            "events": timeline_entries(timeline_for_customer(customer_id=found.pk)[:SHOWN_EVENTS]),
            "clock_now": clock.now_at if clock else None,
            "clock_name": clock.name if clock else "",
            **_money_of(found, request),
            **_contracts_of(found, at),
            **holdings_of(found, at),
        },
    )


def _money_of(found: Customer, request: StaffRequest) -> dict[str, Any]:
    own = request.desk.scope
    invoices = list(invoices_listed(**own).filter(customer=found).order_by("-created_at", "-id")[:SHOWN])
    cases = cases_of(found.pk)
    payments = payments_listed(**own).filter(customer=found).order_by("-created_at", "-id")[:SHOWN]
    return {
        "balances": list(balances_of(found.pk)),
        "movements": list(movements_of(found.pk)[:SHOWN]),
        "invoices": [(invoice, cases.get(invoice.pk)) for invoice in invoices],
        "payments": list(payments),
    }


def _contracts_of(found: Customer, at: datetime) -> dict[str, Any]:
    contracts = list(subscriptions_of(found.pk))
    return {
        "subscriptions": contracts,
        "usage": [used for contract in contracts for used in _usage_of(contract, at)],
    }


def _usage_of(contract: Subscription, at: datetime) -> list[MeterUsage | UnratedUsage]:
    return usage_to_show(subscription=contract, at=at) if contract.status in LIVE_STATUSES else []


class SetAccess(CustomerAct):
    permission: ClassVar = "entitlements.change_customeraccess"
    title: ClassVar = "Set the access level"
    button: ClassVar = "Set access level"
    form_class: ClassVar = AccessForm

    def consequences(self) -> list[str]:
        return [
            "It holds at once, for every product that asks.",
            "Dunning does not undo what staff have set: set it back to full yourself.",
        ]

    def perform(self, answers: dict[str, Any]) -> str:
        at, level = self.note("set_access", answers), AccessLevel(answers["level"])
        reason = AccessReason.STAFF if level != AccessLevel.FULL else AccessReason.IN_GOOD_STANDING
        set_access(customer_id=self.subject.pk, level=level, reason=reason, at=at)
        return f"The access level of {self.subject.name} is now: {level.label}."
