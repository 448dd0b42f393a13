"""A customer's wallets: what is in them, how they moved, and when they tell or fill themselves."""

from __future__ import annotations

import csv

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from apps.billing.selectors import pay_token
from apps.core.errors import DomainError
from apps.customers.enums import MemberRole
from apps.portal.access import PortalRequest, customer_page
from apps.portal.credit import expected_minor, movement_page, wallet_of, wallets_shown
from apps.portal.credit_form import BuyCreditForm, CreditSettingsForm
from apps.portal.features import BUY_CREDIT, TOP_UP, feature_is_on, require_feature
from apps.portal.page_rates import limited
from apps.portal.services.buy_credit import buy_credit
from apps.pricing.money import Money
from apps.wallets.grant_selectors import grant_movements_of
from apps.wallets.selectors import balances_of
from apps.wallets.services.update_wallet import update_wallet

# The pay page goes on to it: see `views.pay`.
AFTER_PAYMENT = "portal_after_payment"


@require_safe
@customer_page()
def credit(request: PortalRequest) -> HttpResponse:
    wallets = wallets_shown(request.customer, request.at)
    currencies = dict.fromkeys(shown.wallet.currency for shown in wallets if shown.wallet.closed_at is None)
    expected = {each: expected_minor(request.customer, each, request.at) for each in currencies}
    context = {
        "wallets": wallets,
        "expected": [(each, minor) for each, minor in expected.items() if minor is not None],
        "may_buy": feature_is_on(BUY_CREDIT, request.customer),
        "balances": [row for row in balances_of(request.customer.pk) if row.balance_minor],
    }
    return render(request, "portal/credit.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@limited("pay")
@customer_page(MemberRole.BILLING)
def buy(request: PortalRequest, public_id: str) -> HttpResponse:
    """How much; then the invoice is issued and paid on its own page."""
    require_feature(BUY_CREDIT, request.customer)
    wallet = wallet_of(request.customer, public_id)
    form = BuyCreditForm(request.POST or None, wallet=wallet)
    if request.method == "POST" and form.is_valid():
        amount: int = form.cleaned_data["amount_minor"]
        try:
            invoice = buy_credit(wallet=wallet, amount_minor=amount, at=request.at)
        except DomainError as error:
            form.refuse(error)
        else:
            request.session[AFTER_PAYMENT] = reverse("portal:credit")
            return redirect("portal:pay", pay_token(invoice))
    return render(request, "portal/buy_credit.html", {"wallet": wallet, "form": form})


@require_safe
@customer_page()
def movements(request: PortalRequest, public_id: str) -> HttpResponse:
    wallet, cursor = wallet_of(request.customer, public_id), request.GET.get("cursor", "")
    page = movement_page(wallet, cursor=cursor)
    context = {"wallet": wallet, "page": page, "has_previous": bool(cursor)}
    return render(request, "portal/credit_movements.html", context)


@require_safe
@customer_page()
def movements_csv(request: PortalRequest, public_id: str) -> HttpResponse:
    """Every movement of a wallet, the oldest first; numbers plain, in major units, for machines."""
    wallet = wallet_of(request.customer, public_id)
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="credit-{wallet.public_id}.csv"'
    writer = csv.writer(response)
    writer.writerow(["at", "kind", "grant", "amount", "balance", "currency", "reference", "note"])
    for row in grant_movements_of(wallet).order_by("id").iterator(chunk_size=1000):
        amounts = [
            Money(minor, wallet.currency).major for minor in (row.amount_minor, row.wallet_after_minor)
        ]
        written = [row.at.isoformat(), row.kind, _plain(row.grant.name), *(f"{a:f}" for a in amounts)]
        writer.writerow([*written, wallet.currency, row.reference_id, _plain(row.note)])
    return response


@require_http_methods(["GET", "HEAD", "POST"])
@customer_page(MemberRole.BILLING, back="portal:credit")
def settings(request: PortalRequest, public_id: str) -> HttpResponse:
    """When a wallet tells that it runs low, and where it is allowed, when it buys more."""
    wallet = wallet_of(request.customer, public_id)
    may_top_up = feature_is_on(TOP_UP, request.customer)
    form = CreditSettingsForm(request.POST or None, wallet=wallet, may_top_up=may_top_up)
    if request.method == "POST" and form.is_valid():
        try:
            update_wallet(wallet_id=wallet.pk, at=request.at, **form.changes())
        except DomainError as error:
            form.refuse(error)
        else:
            messages.success(request, _("Saved."))
            return redirect("portal:credit")
    return render(request, "portal/credit_settings.html", {"wallet": wallet, "form": form})


def _plain(text: str) -> str:
    """A text that no spreadsheet takes for a formula."""
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text
