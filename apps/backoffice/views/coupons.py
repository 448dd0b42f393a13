"""Coupons: which there are, and what customers were given of them."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import transaction
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.views.decorators.http import require_safe

from apps.backoffice.access import StaffRequest, staff_page
from apps.backoffice.acts import Act, CustomerAct
from apps.backoffice.coupon_words import left_text, off_text, terms_sentences
from apps.backoffice.holding_forms import RedeemForm
from apps.backoffice.listing import answer_list
from apps.backoffice.lists import coupon_list
from apps.backoffice.services.note_act import note_act
from apps.core import clock
from apps.core.errors import DomainError
from apps.customers.selectors import now_for
from apps.promos.models import Redemption
from apps.promos.selectors import coupons_of, get_redemption
from apps.promos.services.end_redemption import end_redemption
from apps.promos.services.redeem import redeem_coupon
from apps.promos.terms import CouponTerms
from apps.subscriptions.enums import LIVE_STATUSES
from apps.subscriptions.selectors import subscriptions_of


@require_safe
@staff_page("promos.view_coupon")
def coupons(request: StaffRequest) -> HttpResponseBase:
    """The coupons of the desk, those that reached their cap apart."""
    now = clock.now()
    return answer_list(request, coupons_of(**request.desk.scope), coupon_list(now), now=now)


class RedeemCoupon(CustomerAct):
    """Asks for a code, shows what it takes off, and redeems exactly what was shown."""

    permission: ClassVar = "promos.change_redemption"
    title: ClassVar = "Redeem a coupon"
    shown: Redemption | None = None

    @property
    def button(self) -> str:  # type: ignore[override]
        return "Redeem it" if self.shown else "Show what it takes off"

    def form(self, data: Any = None) -> RedeemForm:
        live = subscriptions_of(self.subject.pk).filter(status__in=LIVE_STATUSES)
        return RedeemForm(data, subscriptions=list(live))

    def consequences(self) -> list[str]:
        if self.shown is None:
            return ["The next page shows what the code takes off; nothing is redeemed before that."]
        coupon = self.shown.coupon
        return [
            f"{coupon.name} ({coupon.code}):",
            *terms_sentences(CouponTerms.from_json(self.shown.terms)),
            "It holds for invoices that are finalised from now on; it counts as redeemed at once.",
        ]

    def post(self, request: StaffRequest, reference: str) -> HttpResponseBase:
        self.subject = self.load(reference)
        form = self.form(request.POST)
        if not form.is_valid():
            return self._page(form, status=422)
        try:
            rehearsed = self._rehearsed(form)
        except DomainError as error:
            form.add_error("code", error.message)
            return self._page(form, status=error.status)
        seen = _seen(rehearsed)
        if form.cleaned_data["seen"] == seen:
            return super().post(request, reference)
        self.shown = rehearsed
        again = request.POST.copy()
        again["seen"] = seen
        return self._page(self.form(again))

    @transaction.atomic
    def _rehearsed(self, form: RedeemForm) -> Redemption:
        """What redeeming would make, with the very refusals; nothing of it stays."""
        made = self._redeem(form)
        transaction.set_rollback(True)
        return made

    def _redeem(self, form: RedeemForm) -> Redemption:
        code, chosen = form.cleaned_data["code"], form.chosen
        return redeem_coupon(customer=self.subject, code=code, subscription=chosen, at=self.at)

    @transaction.atomic
    def perform(self, answers: dict[str, Any]) -> str:
        note_act(subject=self.subject, act="redeem_coupon", reason=answers["reason"], at=self.at)
        form = self.form(self.request.POST)
        form.is_valid()
        made = self._redeem(form)
        return f"{made.coupon.name} is redeemed: {off_text(CouponTerms.from_json(made.terms))}."


def _seen(redemption: Redemption) -> str:
    """What a page has shown, in a form that tells whether it is still the same."""
    told = off_text(CouponTerms.from_json(redemption.terms))
    return f"{redemption.coupon_id}/{redemption.subscription_id}/{told}"


class EndRedemption(Act):
    permission: ClassVar = "promos.change_redemption"
    title: ClassVar = "End the coupon of the customer"
    button: ClassVar = "End it"
    tone: ClassVar = "danger"

    def load(self, reference: str) -> Redemption:
        return get_redemption(**self.request.desk.scope, reference=reference)

    def done_url(self) -> str:
        return reverse("backoffice:customer", args=[self.subject.customer.public_id])

    def consequences(self) -> list[str]:
        name, left = self.subject.coupon.name, left_text(self.subject)
        return [
            f"{name} takes nothing off from now on{f'; {left} until now' if left else ''}.",
            "What it took off stays, and it counts as redeemed.",
        ]

    @transaction.atomic
    def perform(self, answers: dict[str, Any]) -> str:
        at = now_for(self.subject.customer)
        note_act(subject=self.subject, act="end_coupon", reason=answers["reason"], at=at)
        end_redemption(redemption_id=self.subject.pk, at=at)
        return f"{self.subject.coupon.name} has ended for {self.subject.customer.name}."
