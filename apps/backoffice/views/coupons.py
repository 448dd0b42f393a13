"""Coupons: which there are, and what customers were given of them."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import transaction
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.views.decorators.http import require_safe

from apps.backoffice.access import StaffRequest, staff_page
from apps.backoffice.acts import Act, CustomerAct, ShownAct
from apps.backoffice.coupon_words import left_text, off_text, terms_sentences
from apps.backoffice.holding_forms import RedeemForm
from apps.backoffice.listing import answer_list
from apps.backoffice.lists import coupon_list
from apps.core import clock
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


class RedeemCoupon(CustomerAct, ShownAct):
    """Asks for a code, shows what it takes off, and redeems exactly what was shown."""

    permission: ClassVar = "promos.change_redemption"
    title: ClassVar = "Redeem a coupon"
    blamed: ClassVar = "code"
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

    @transaction.atomic
    def rehearse(self, form: RedeemForm) -> Redemption:
        made = self._redeem(form)
        transaction.set_rollback(True)
        return made

    def seen(self, form: RedeemForm, rehearsed: Redemption) -> str:
        told = off_text(CouponTerms.from_json(rehearsed.terms))
        return f"{rehearsed.coupon_id}/{rehearsed.subscription_id}/{told}"

    def _redeem(self, form: RedeemForm) -> Redemption:
        code, chosen = form.cleaned_data["code"], form.chosen
        return redeem_coupon(customer=self.subject, code=code, subscription=chosen, at=self.at)

    @transaction.atomic
    def perform(self, answers: dict[str, Any]) -> str:
        self.note("redeem_coupon", answers)
        made = self._redeem(self.asked)
        return f"{made.coupon.name} is redeemed: {off_text(CouponTerms.from_json(made.terms))}."


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
        at = self.note("end_coupon", answers)
        end_redemption(redemption_id=self.subject.pk, at=at)
        return f"{self.subject.coupon.name} has ended for {self.subject.customer.name}."
