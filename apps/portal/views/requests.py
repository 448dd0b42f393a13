"""What customers ask of their subscription: a page shows the effect, and its button does exactly that."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from apps.billing.enums import CancelTiming
from apps.billing.errors import PreviewOutdated
from apps.billing.preview_tokens import preview_token
from apps.billing.services.subscriptions.carry_out import (
    CancelRequest,
    CarriedOut,
    PauseRequest,
    Request,
    ResumeRequest,
)
from apps.billing.services.subscriptions.change_plan import ChangeRequest
from apps.billing.services.subscriptions.confirm_preview import confirm_preview
from apps.billing.services.subscriptions.preview_request import Preview, preview_request
from apps.core import clock
from apps.core.errors import InvalidInput
from apps.core.formatting import FALLBACK_LOCALE, format_day, format_money
from apps.customers.enums import MemberRole
from apps.payments.selectors import default_method
from apps.plans.selectors import public_plans
from apps.portal.access import PortalRequest, customer_page
from apps.portal.code_words import refusal_text
from apps.portal.codes import typed_code
from apps.portal.effect_words import sentences_of
from apps.portal.features import PAUSE, PLAN_CHANGE, require_feature
from apps.portal.forms import CancelForm
from apps.portal.offers import Offer, offer_of, offers_in
from apps.portal.selectors import subscription_of
from apps.portal.timings import cancel_timings, change_timings
from apps.promos.errors import CouponRefused, PromotionCodeNotFound
from apps.subscriptions.enums import SubscriptionStatus
from apps.subscriptions.models import Subscription
from apps.subscriptions.services.withdraw_change import withdraw_change

CHANGE, CANCEL = "portal/change_plan_confirm.html", "portal/cancel_confirm.html"
PAUSING, RESUMING = "portal/pause.html", "portal/resume.html"
FORM = ["GET", "HEAD", "POST"]


@require_http_methods(FORM)
@customer_page(MemberRole.BILLING)
def change_plan(request: PortalRequest, public_id: str) -> HttpResponse:
    """First the plans, then the effect of the chosen one, then the click."""
    require_feature(PLAN_CHANGE, request.customer)
    shown = subscription_of(request.customer.pk, public_id)
    if shown.status == SubscriptionStatus.PAUSED:
        return redirect("portal:subscription_detail", shown.public_id)
    current = offer_of(shown)
    offers = offers_in(public_plans(brand_id=request.customer.brand_id), shown.currency)
    data = request.POST if request.method == "POST" else request.GET
    chosen = next((offer for offer in [*offers, current] if offer.code == data.get("plan")), None)
    context: dict[str, Any] = {"subscription": shown, "offers": offers, "current": current}
    if shown.plan_version.plan.is_free:
        # A card and consent come first: the pages that sell ask for them.
        return redirect("portal:pricing")
    if chosen is None:
        return render(request, "portal/change_plan.html", context)
    quantity = _quantity(data.get("quantity"), chosen, shown)
    timings = change_timings(shown, chosen.version, quantity)
    context |= {"chosen": chosen, "quantity": quantity, "timings": timings, "timing": timings[0]}
    context["code"] = typed_code(request)
    if "preview_token" in request.POST:
        return _confirmed(request, shown, CHANGE, context, ChangeRequest)
    if chosen.version.pk == shown.plan_version_id and quantity == shown.quantity:
        return render(request, CHANGE, context | {"is_same": True})
    context["timing"] = next((timing for timing in timings if timing == data.get("when")), timings[0])
    wanted = ChangeRequest(
        plan_code=chosen.code, quantity=quantity, timing=context["timing"], promotion_code=context["code"]
    )
    context["carried"] = {"plan": chosen.code, "quantity": quantity, "when": context["timing"].value}
    try:
        return _asked(request, shown, CHANGE, context, wanted)
    except (CouponRefused, PromotionCodeNotFound) as error:
        context["code_refusal"] = refusal_text(error)
        return _asked(request, shown, CHANGE, context, replace(wanted, promotion_code=""))


@require_http_methods(FORM)
@customer_page(MemberRole.BILLING)
def cancel(request: PortalRequest, public_id: str) -> HttpResponse:
    """The reason, then what it means, then the click."""
    shown = subscription_of(request.customer.pk, public_id)
    context: dict[str, Any] = {"subscription": shown}
    if "preview_token" in request.POST:
        return _confirmed(request, shown, CANCEL, context, CancelRequest)
    timings = cancel_timings(shown)
    form = CancelForm(request.POST or None, timings=timings, ends_at=shown.current_period_ends_at)
    if request.method != "POST" or not form.is_valid():
        return render(request, "portal/cancel.html", context | {"form": form})
    answers = form.cleaned_data
    wanted = CancelRequest(
        timing=CancelTiming(answers.get("when") or timings[0]),
        reason=answers["reason"],
        comment=answers["comment"],
    )
    return _asked(request, shown, CANCEL, context, wanted)


@require_http_methods(FORM)
@customer_page(MemberRole.BILLING)
def pause(request: PortalRequest, public_id: str) -> HttpResponse:
    """What a pause credits and bills, and when it goes on; then the click."""
    require_feature(PAUSE, request.customer)
    shown = subscription_of(request.customer.pk, public_id)
    context: dict[str, Any] = {"subscription": shown, "until": request.GET.get("until", "")}
    if "preview_token" in request.POST:
        return _confirmed(request, shown, PAUSING, context, PauseRequest)
    wanted = PauseRequest(resume_at=_midnight(context["until"], request))
    return _asked(request, shown, PAUSING, context, wanted)


@require_http_methods(FORM)
@customer_page(MemberRole.BILLING)
def resume(request: PortalRequest, public_id: str) -> HttpResponse:
    """What going on bills at once; then the click. Whoever is paused may go on, whatever the flag says."""
    shown = subscription_of(request.customer.pk, public_id)
    context: dict[str, Any] = {"subscription": shown}
    if "preview_token" in request.POST:
        return _confirmed(request, shown, RESUMING, context, ResumeRequest)
    return _asked(request, shown, RESUMING, context, ResumeRequest())


@require_POST
@customer_page(MemberRole.BILLING, back="portal:subscription")
def undo(request: PortalRequest, public_id: str) -> HttpResponse:
    """Take one scheduled change back, the last wish where none is named."""
    shown = subscription_of(request.customer.pk, public_id)
    withdraw_change(subscription_id=shown.pk, at=request.at, reference=request.POST.get("change") or None)
    messages.success(request, _("Taken back: everything goes on as before."))
    return redirect("portal:subscription_detail", shown.public_id)


def _asked(
    request: PortalRequest, shown: Subscription, template: str, context: dict[str, Any], wanted: Request
) -> HttpResponse:
    preview = preview_request(subscription=shown, request=wanted, at=request.at)
    return render(request, template, context | _effect(request, preview))


def _confirmed(
    request: PortalRequest,
    shown: Subscription,
    template: str,
    context: dict[str, Any],
    expects: type[Request],
) -> HttpResponse:
    """Do what the page has shown; where it does not hold any more, show what holds now and ask again."""
    token = request.POST["preview_token"]
    try:
        done = confirm_preview(
            subscription=shown, token=token, at=request.at, now=clock.now(), expects=expects
        )
    except PreviewOutdated as error:
        if error.preview is None:
            messages.error(request, error.message)
            return redirect("portal:subscription_detail", shown.public_id)
        anew = context | _effect(request, error.preview) | {"outdated": error.message}
        if isinstance(error.preview.fixed.request, ChangeRequest):
            anew["timing"] = error.preview.fixed.request.timing
        return render(request, template, anew, status=error.status)
    messages.success(request, _said(done, expects, request))
    return redirect("portal:subscription_detail", shown.public_id)


def _effect(request: PortalRequest, preview: Preview) -> dict[str, Any]:
    zone, method = request.customer.time_zone, default_method(request.customer.pk)
    return {
        "preview": preview,
        "sentences": sentences_of(preview, method=method, zone=zone),
        "token": preview_token(preview.fixed, now=clock.now()),
    }


def _said(done: CarriedOut, expects: type[Request], request: PortalRequest) -> str:
    """What happened, and the way back."""
    day = format_day(done.effective_at, locale=_locale(), zone=request.customer.time_zone)
    if done.effective_at > request.at:
        return _("Done: it takes effect on %(day)s. You can take it back until then.") % {"day": day}
    due = ", ".join(
        format_money(invoice.due_minor, invoice.currency, locale=_locale())
        for invoice in done.invoices
        if invoice.due_minor
    )
    billed = " " + _("Billed now: %(amount)s.") % {"amount": due} if due else ""
    if expects is ChangeRequest:
        return _("Done: your plan is changed. You can change again at any time.") + billed
    if expects is CancelRequest:
        return _("Your subscription has ended. You can subscribe again at any time.") + billed
    if expects is PauseRequest:
        return _("Paused: nothing is charged until you go on.") + billed
    return _("Welcome back: your subscription goes on.") + billed


def _quantity(text: str | None, chosen: Offer, shown: Subscription) -> int:
    if not chosen.has_seats:
        return 1
    if not text:
        return shown.quantity
    if not (text.isascii() and text.isdigit() and 0 < int(text[:9]) < 1_000_000):
        raise InvalidInput("Seats are a whole number from 1.", field="quantity")
    return int(text)


def _midnight(text: str, request: PortalRequest) -> datetime | None:
    """The start of a day that was typed, in the customer's zone; None for none."""
    if not text:
        return None
    try:
        day = date.fromisoformat(text)
    except ValueError as error:
        raise InvalidInput("Write a day as year-month-day.", field="until") from error
    return datetime.combine(day, time(), ZoneInfo(request.customer.time_zone)).astimezone(UTC)


def _locale() -> str:
    return get_language() or FALLBACK_LOCALE
