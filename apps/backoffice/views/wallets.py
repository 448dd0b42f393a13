"""Wallets: what customers hold, and the acts that give credit or take it back."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from django.db import transaction
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.views.decorators.http import require_safe

from apps.backoffice.access import StaffRequest, staff_page
from apps.backoffice.acts import Act, CustomerAct
from apps.backoffice.holding_forms import GrantCreditForm, OpenWalletForm
from apps.backoffice.listing import answer_list
from apps.backoffice.lists import wallet_list
from apps.backoffice.selectors import currencies_in_use, wallets_listed
from apps.backoffice.services.note_act import note_act
from apps.core.formatting import format_money
from apps.customers.models import Customer
from apps.wallets.enums import GrantSource
from apps.wallets.grant_selectors import get_grant, get_wallet
from apps.wallets.grant_terms import WalletTerms
from apps.wallets.models import CreditGrant, Wallet
from apps.wallets.services.grant import grant_credit
from apps.wallets.services.open_wallet import open_wallet
from apps.wallets.services.void_grant import void_grant


@require_safe
@staff_page("wallets.view_wallet")
def wallets(request: StaffRequest) -> HttpResponseBase:
    """The wallets of the desk, those below an alert apart."""
    own = request.desk.scope
    return answer_list(request, wallets_listed(**own), wallet_list(currencies_in_use(**own)))


class OpenWallet(CustomerAct):
    permission: ClassVar = "wallets.add_wallet"
    title: ClassVar = "Open a wallet"
    button: ClassVar = "Open wallet"

    def form(self, data: Any = None) -> forms.Form:
        return OpenWalletForm(data, initial={"currency": self.subject.currency})

    def consequences(self) -> list[str]:
        return [
            "It is empty: credit is given on the customer's page.",
            "The customer sees it, and invoices in its currency burn its credit by themselves.",
        ]

    @transaction.atomic
    def perform(self, answers: dict[str, Any]) -> str:
        below = answers["alert_minor"]
        terms = WalletTerms(name=answers["name"], alert_thresholds=(below,) if below else ())
        made = open_wallet(customer=self.subject, currency=answers["currency"], terms=terms, at=self.at)
        note_act(subject=made, act="open_wallet", reason=answers["reason"], at=self.at)
        return f"The wallet in {made.currency} is open."


class GrantCredit(Act):
    permission: ClassVar = "wallets.change_wallet"
    title: ClassVar = "Give credit"
    button: ClassVar = "Give credit"

    def load(self, reference: str) -> Wallet:
        return get_wallet(**self.request.desk.scope, reference=reference)

    def done_url(self) -> str:
        return reverse("backoffice:customer", args=[self.subject.customer.public_id])

    def form(self, data: Any = None) -> GrantCreditForm:
        zone = self.subject.customer.time_zone
        return GrantCreditForm(data, currency=self.subject.currency, zone=zone)

    def consequences(self) -> list[str]:
        return [
            f"The wallet holds {_money(self.subject.balance_minor, self.subject)}.",
            "Promotional credit lowers the price before tax, and is worth nothing until it is used.",
            "Prepaid credit pays what an invoice comes to after tax; the books count it as goodwill.",
        ]

    @transaction.atomic
    def perform(self, answers: dict[str, Any]) -> str:
        at = self.note("grant_credit", answers)
        given = grant_credit(
            wallet_id=self.subject.pk,
            terms=self.asked.terms(),
            source=GrantSource.GIVEN,
            reference=("wallet", self.subject.public_id),
            key=f"given/{answers['key']}",
            at=at,
        )
        kind = given.get_kind_display().lower()
        return f"{_money(given.amount_minor, self.subject)} of {kind} credit were given."


class VoidGrant(Act):
    permission: ClassVar = "wallets.change_creditgrant"
    title: ClassVar = "Take back credit"
    button: ClassVar = "Take it back"
    tone: ClassVar = "danger"

    def load(self, reference: str) -> CreditGrant:
        return get_grant(**self.request.desk.scope, reference=reference)

    @property
    def customer(self) -> Customer:
        return self.subject.wallet.customer

    def done_url(self) -> str:
        return reverse("backoffice:customer", args=[self.customer.public_id])

    def consequences(self) -> list[str]:
        left = _money(self.subject.remaining_minor, self.subject.wallet)
        paid = self.subject.source == GrantSource.PAID
        owed = ["The customer has paid for it: the books owe the money as to be refunded."] if paid else []
        return [
            f"{left} of {self.subject.name} are taken back, for good.",
            "What was spent stays spent.",
            *owed,
        ]

    @transaction.atomic
    def perform(self, answers: dict[str, Any]) -> str:
        at, left = self.note("void_grant", answers), self.subject.remaining_minor
        void_grant(grant_id=self.subject.pk, reason=answers["reason"], at=at)
        return f"{_money(left, self.subject.wallet)} were taken back."


def _money(minor: int, wallet: Wallet) -> str:
    return format_money(minor, wallet.currency, locale="en")
