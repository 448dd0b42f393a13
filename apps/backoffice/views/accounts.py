"""Gateways' accounts beside the books: what is unexplained, what payouts consist of, matching by hand."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar

from django import forms
from django.db import transaction
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from apps.backoffice.access import StaffRequest, staff_page
from apps.backoffice.account_forms import MatchMovementForm
from apps.backoffice.acts import Act
from apps.backoffice.services.note_act import note_act
from apps.core import clock
from apps.core.errors import NotFound
from apps.core.formatting import format_money
from apps.customers.selectors import now_for
from apps.payments.account_selectors import (
    GRACE,
    account_totals,
    gateways_in_use,
    get_movement,
    last_run,
    missing_payments,
    missing_refunds,
    unmatched_movements,
)
from apps.payments.enums import GatewayName, MovementKind
from apps.payments.models import GatewayMovement
from apps.payments.payout_selectors import explain_payout, get_payout, payouts_with_parts
from apps.payments.services.match_by_hand import book_as_cost, give_to_customer
from apps.payments.services.reconcile import reconcile

SHOWN_PAYOUTS, SHOWN_ROWS = 30, 100


@require_safe
@staff_page("payments.view_gatewaymovement")
def reconciliation(request: StaffRequest) -> HttpResponseBase:
    """Every gateway in use; its account serves all brands, so it is shown whole."""
    now = clock.now()
    context = {
        "accounts": [_account(name, now) for name in gateways_in_use()],
        "payouts": payouts_with_parts()[:SHOWN_PAYOUTS],
    }
    return render(request, "backoffice/reconciliation.html", context)


def _account(name: str, now: datetime) -> dict[str, Any]:
    late = now - GRACE
    return {
        "name": name,
        "label": GatewayName(name).label,
        "last": last_run(name),
        "totals": account_totals(name, at=now),
        "unmatched": unmatched_movements(name)[:SHOWN_ROWS],
        "missing_payments": missing_payments(name).filter(sent_at__lte=late)[:SHOWN_ROWS],
        "missing_refunds": missing_refunds(name).filter(sent_at__lte=late)[:SHOWN_ROWS],
    }


@require_safe
@staff_page("payments.view_gatewaypayout")
def payout(request: StaffRequest, reference: str) -> HttpResponseBase:
    explained = explain_payout(get_payout(reference))
    return render(request, "backoffice/payout.html", {"explained": explained, "payout": explained.payout})


class Reconcile(Act):
    permission: ClassVar = "payments.change_gatewaymovement"
    title: ClassVar = "Compare the account now"
    button: ClassVar = "Compare now"
    subject: str

    def load(self, reference: str) -> str:
        if reference not in gateways_in_use():
            raise NotFound(f"Nothing was charged through '{reference}'.")
        return reference

    def consequences(self) -> list[str]:
        return [
            "The gateway is asked what moved its account; what is ours is matched, and its fees are booked.",
            "Comparing twice changes nothing a second time.",
        ]

    def perform(self, answers: dict[str, Any]) -> str:
        found = reconcile(gateway=self.subject, at=clock.now())
        if found.is_clean:
            return "Everything is explained."
        return f"{len(found.unmatched)} movements are not known, and {len(found.missing)} are missing."

    def done_url(self) -> str:
        return reverse("backoffice:reconciliation")


class MatchMovement(Act):
    permission: ClassVar = "payments.change_gatewaymovement"
    title: ClassVar = "Say what a movement is"
    button: ClassVar = "Book it"
    subject: GatewayMovement

    def load(self, reference: str) -> GatewayMovement:
        return get_movement(reference)

    def form(self, data: Any = None) -> forms.Form:
        return MatchMovementForm(data, desk=self.request.desk.scope)

    def consequences(self) -> list[str]:
        moved, kept = (
            format_money(amount, self.subject.currency, locale="en")
            for amount in (self.subject.gross_minor, self.subject.fee_minor)
        )
        return [
            f"{MovementKind(self.subject.kind).label} of {moved}, of which the gateway kept {kept}.",
            f"It is booked in the books of {self.request.desk.brand.name}.",
        ]

    @transaction.atomic
    def perform(self, answers: dict[str, Any]) -> str:
        if answers["book_as"] == "customer":
            customer = answers["found"]
            at = now_for(customer)
            matched = give_to_customer(movement_id=self.subject.pk, customer=customer, at=at)
            said = f"It is in the balance of {customer.name}."
        else:
            at = clock.now()
            desk = self.request.desk
            matched = book_as_cost(
                movement_id=self.subject.pk, brand=desk.brand, livemode=desk.livemode, at=at
            )
            said = "It is booked as a cost of the gateway."
        note_act(subject=matched, act="match_movement", reason=answers["reason"], at=at)
        return said

    def done_url(self) -> str:
        return reverse("backoffice:reconciliation")
