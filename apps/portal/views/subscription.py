"""A customer's subscription: what it consists of, changing it, canceling it, and taking either back."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from apps.audit.selectors import timeline_for
from apps.billing.services.cancel import cancel_at_period_end
from apps.billing.services.change_plan import change_plan_at_period_end
from apps.billing.services.preview import preview_change, preview_next_bill
from apps.core.errors import InvalidInput
from apps.customers.enums import MemberRole
from apps.plans.selectors import public_plans
from apps.portal.access import PortalRequest, customer_page
from apps.portal.features import PLAN_CHANGE, feature_is_on, require_feature
from apps.portal.forms import CancelForm
from apps.portal.offers import Offer, offers_in
from apps.portal.overview import running_of, unpaid_alerts, usage_shown
from apps.portal.price_texts import price_text
from apps.portal.roles import allows
from apps.portal.timeline import entries_of
from apps.subscriptions.enums import CancelReason
from apps.subscriptions.errors import SubscriptionNotFound
from apps.subscriptions.models import Subscription, SubscriptionItem
from apps.subscriptions.selectors import items_of, subscriptions_of
from apps.subscriptions.services.withdraw_change import withdraw_change

TIMELINE_LENGTH = 30


@require_safe
@customer_page()
def subscription(request: PortalRequest, public_id: str = "") -> HttpResponse:
    own = list(subscriptions_of(request.customer.pk))
    if not own:
        return render(request, "portal/no_subscription.html")
    shown = _named(own, public_id) if public_id else next((s for s in own if not s.ended_at), own[0])
    events = timeline_for(subject_type="subscription", subject_id=shown.public_id)[:TIMELINE_LENGTH]
    return render(
        request,
        "portal/subscription.html",
        {
            "running": running_of(shown, request.at),
            "alerts": unpaid_alerts(request.customer, request.at, allows(request.role, MemberRole.BILLING)),
            "subscription": shown,
            "offer": _offer_of(shown),
            "items": [
                {"price": item.price, "quantity": item.quantity, "text": price_text(item.price)}
                for item in _items(shown)
            ],
            "others": [s for s in own if s.pk != shown.pk],
            "timeline": entries_of(events, zone=request.customer.time_zone),
            "may_change": feature_is_on(PLAN_CHANGE, request.customer),
        },
    )


@require_http_methods(["GET", "HEAD", "POST"])
@customer_page(MemberRole.BILLING)
def change_plan(request: PortalRequest, public_id: str) -> HttpResponse:
    """First the plans, then the effect of the chosen one, then the click."""
    require_feature(PLAN_CHANGE, request.customer)
    shown = _live(request, public_id)
    offers = offers_in(public_plans(brand_id=request.customer.brand_id), shown.currency)
    data = request.POST if request.method == "POST" else request.GET
    chosen = next((offer for offer in offers if offer.code == data.get("plan")), None)
    context: dict[str, Any] = {"subscription": shown, "offers": offers, "current": _offer_of(shown)}
    if chosen is None:
        return render(request, "portal/change_plan.html", context)
    if chosen.is_free and shown.plan_version.plan.is_free:
        return redirect("portal:subscription_detail", shown.public_id)
    quantity = _quantity(data.get("quantity"), chosen, shown)
    if request.method == "POST":
        change = change_plan_at_period_end(
            subscription=shown, plan_code=chosen.code, quantity=quantity, at=request.at
        )
        text = _("Done: %(plan)s begins at the end of your period. You can take it back until then.")
        messages.success(request, text % {"plan": chosen.name})
        return redirect("portal:subscription_detail", change.subscription.public_id)
    context |= {
        "chosen": chosen,
        "quantity": quantity,
        "is_same": chosen.version.pk == shown.plan_version_id and quantity == shown.quantity,
    }
    if not context["is_same"]:
        context["bill"] = preview_change(
            subscription=shown, plan_code=chosen.code, quantity=quantity, at=request.at
        )
        context["bill_without"] = preview_next_bill(subscription=shown)
    return render(request, "portal/change_plan_confirm.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@customer_page(MemberRole.BILLING)
def cancel(request: PortalRequest, public_id: str) -> HttpResponse:
    """The reason, then what it means, then the click."""
    shown = _live(request, public_id)
    form = CancelForm(request.POST or None)
    context: dict[str, Any] = {"subscription": shown, "form": form}
    if request.method != "POST" or not form.is_valid():
        return render(request, "portal/cancel.html", context)
    reason, comment = form.cleaned_data["reason"], form.cleaned_data["comment"]
    if "confirm" not in request.POST:
        context |= {
            "reason": CancelReason(reason),
            "comment": comment,
            "usage": usage_shown(shown, request.at),
        }
        return render(request, "portal/cancel_confirm.html", context)
    cancel_at_period_end(subscription=shown, reason=reason, comment=comment, at=request.at)
    text = _("Your subscription ends with the running period. You can take this back until then.")
    messages.success(request, text)
    return redirect("portal:subscription_detail", shown.public_id)


@require_POST
@customer_page(MemberRole.BILLING, back="portal:subscription")
def undo(request: PortalRequest, public_id: str) -> HttpResponse:
    shown = _live(request, public_id)
    withdraw_change(subscription_id=shown.pk, at=request.at)
    messages.success(request, _("Taken back: everything goes on as before."))
    return redirect("portal:subscription_detail", shown.public_id)


def _live(request: PortalRequest, public_id: str) -> Subscription:
    shown = _named(list(subscriptions_of(request.customer.pk)), public_id)
    if shown.ended_at is not None:
        raise SubscriptionNotFound("This subscription has ended.")
    return shown


def _named(own: list[Subscription], public_id: str) -> Subscription:
    for candidate in own:
        if candidate.public_id == public_id:
            return candidate
    raise SubscriptionNotFound(f"There is no subscription '{public_id}'.")


def _offer_of(shown: Subscription) -> Offer:
    return Offer(shown.plan_version, shown.currency, [item.price for item in _items(shown)])


def _items(shown: Subscription) -> list[SubscriptionItem]:
    """The running items; of an ended subscription those of its last phase."""
    running: list[SubscriptionItem] = shown.running_items  # type: ignore[attr-defined]
    if running:
        return running
    last = shown.phases.order_by("-starts_at", "-pk").first()
    return items_of(last) if last is not None else []


def _quantity(text: str | None, chosen: Offer, shown: Subscription) -> int:
    if not chosen.has_seats:
        return 1
    if not text:
        return shown.quantity
    if not (text.isascii() and text.isdigit() and 0 < int(text[:9]) < 1_000_000):
        raise InvalidInput("Seats are a whole number from 1.", field="quantity")
    return int(text)
