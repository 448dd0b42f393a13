"""Coupons, wallets and tax of a customer: staff see them, act on them, and are told what happened."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from apps.audit.models import Event
from apps.backoffice.coupon_words import off_text, terms_sentences
from apps.customers.models import Customer
from apps.ledger.selectors import imbalance, trial_balance
from apps.promos.enums import CouponDuration
from apps.promos.models import Redemption
from apps.promos.selectors import terms_of
from apps.promos.validation import CurrencyTerms
from apps.taxes.enums import CheckStatus, EvidenceKind
from apps.taxes.models import TaxIdCheck
from apps.taxes.services.record_location import record_location
from apps.wallets.enums import GrantSource
from apps.wallets.models import CreditGrant, Wallet
from tests.backoffice.shop import Shop, make_shop
from tests.factories.billing import STARTED_AT, utc
from tests.factories.plans import make_plan
from tests.factories.promos import make_fixed_coupon, make_percent_coupon
from tests.factories.staff import staff_client
from tests.factories.taxes import make_check, make_registration, ship_rates
from tests.factories.wallets import make_grant, make_wallet

pytestmark = pytest.mark.django_db

REASON = {"reason": "Asked by phone"}


def page_of(client: Client, customer: Customer) -> str:
    return client.get(reverse("backoffice:customer", args=[customer.public_id])).content.decode()


def post(client: Client, act: str, reference: str, /, **answers: Any) -> Any:
    return client.post(reverse(f"backoffice:{act}", args=[reference]), {**REASON, **answers})


def redeem(client: Client, shop: Shop, code: str, **answers: str) -> Any:
    """Ask, look at what it takes off, and send the same again."""
    shown = post(client, "redeem_coupon", shop.customer.public_id, code=code, **answers)
    assert shown.status_code == 200, shown.content
    assert not Redemption.objects.filter(customer=shop.customer).exists()
    seen = shown.context["form"]["seen"].value()
    return post(client, "redeem_coupon", shop.customer.public_id, code=code, seen=seen, **answers)


def test_coupon_is_shown_before_it_is_redeemed_and_told_afterwards() -> None:
    shop, client = make_shop(), staff_client()
    coupon = make_percent_coupon(brand=shop.brand, duration=CouponDuration.REPEATING, invoices=3)

    shown = post(client, "redeem_coupon", shop.customer.public_id, code=coupon.code)
    done = redeem(client, shop, coupon.code)

    assert "25 % off 3 invoices." in shown.context["consequences"]
    assert done["Location"] == reverse("backoffice:customer", args=[shop.customer.public_id])
    redemption = Redemption.objects.get()
    assert (redemption.redeemed_at, redemption.uses_left) == (STARTED_AT, 3)
    staff = Event.objects.get(name="staff.redeem_coupon")
    assert (staff.subject_id, staff.data["reason"]) == (shop.customer.public_id, "Asked by phone")
    page = page_of(client, shop.customer)
    assert "25 % off 3 invoices" in page
    assert "3 invoices left" in page


def test_coupon_for_one_subscription() -> None:
    shop, client = make_shop(), staff_client()
    coupon = make_percent_coupon(brand=shop.brand)

    redeem(client, shop, coupon.code, subscription=shop.subscription.public_id)

    assert Redemption.objects.get().subscription == shop.subscription


def test_unknown_code_is_refused_at_its_field_and_another_is_shown_first() -> None:
    shop, client = make_shop(), staff_client()
    coupon = make_percent_coupon(brand=shop.brand)
    asked = {"code": coupon.code}
    seen = post(client, "redeem_coupon", shop.customer.public_id, **asked).context["form"]["seen"].value()

    unknown = post(client, "redeem_coupon", shop.customer.public_id, code="NOPE")
    other = make_fixed_coupon(brand=shop.brand)
    again = post(client, "redeem_coupon", shop.customer.public_id, code=other.code, seen=seen)

    assert unknown.status_code == 404
    assert unknown.context["form"].errors["code"] == ["There is no code 'NOPE'."]
    assert "€15.00 off, until it is used up." in again.context["consequences"]
    assert not Redemption.objects.exists()
    assert not Event.objects.filter(name="coupon.redeemed").exists()


def test_coupon_is_ended() -> None:
    shop, client = make_shop(), staff_client()
    redemption = shop.redemption

    asked = client.get(reverse("backoffice:end_redemption", args=[redemption.public_id]))
    done = post(client, "end_redemption", redemption.public_id)

    assert "takes nothing off from now on; 1 invoice left until now." in asked.context["consequences"][0]
    assert done.status_code == 302
    redemption.refresh_from_db()
    assert (redemption.ended_at, redemption.end_reason) == (STARTED_AT, "ended")
    assert "Ended by hand" in page_of(client, shop.customer)


def test_terms_of_a_coupon_are_told_whole() -> None:
    plan = make_plan()
    coupon = make_fixed_coupon(
        [CurrencyTerms("EUR", 1000, 5000), CurrencyTerms("USD", 1100)],
        duration=CouponDuration.FOREVER,
        combinable=False,
        plans=[plan],
    )

    told = terms_sentences(terms_of(coupon))

    assert off_text(terms_of(coupon)) == "€10.00 or $11.00 off every invoice"
    assert told == [
        "€10.00 or $11.00 off every invoice.",
        f"Only for the plan {plan.name}.",
        "Only on invoices in EUR or USD.",
        "Only from €50.00 on of what it covers.",
        "It stands alone: no other discount is taken off the same lines.",
    ]


def test_wallet_is_opened_filled_and_emptied() -> None:
    shop, client = make_shop(), staff_client()

    post(client, "open_wallet", shop.customer.public_id, currency="eur", name="Credit", alert_below="5")
    wallet = Wallet.objects.get()
    asked = {"kind": "prepaid", "amount": "10.50", "priority": "25", "key": "key_1", "last_day": "2026-12-31"}
    once = post(client, "grant_credit", wallet.public_id, **asked)
    post(client, "grant_credit", wallet.public_id, **asked)

    grant = CreditGrant.objects.get()
    assert (wallet.currency, wallet.alert_thresholds) == ("EUR", [500])
    assert once.status_code == 302
    assert (grant.amount_minor, grant.kind, grant.source) == (1050, "prepaid", "given")
    assert grant.expires_at is not None
    page = page_of(client, shop.customer)
    assert "€10.50" in page

    taken = post(client, "void_grant", grant.public_id)

    assert taken.status_code == 302
    wallet.refresh_from_db()
    assert wallet.balance_minor == 0
    assert imbalance(trial_balance(brand_id=shop.brand.pk, livemode=False)) == {}
    names = {"staff.open_wallet", "staff.grant_credit", "staff.void_grant"}
    assert set(Event.objects.filter(name__startswith="staff.").values_list("name", flat=True)) == names


def test_amount_that_the_currency_does_not_have_is_refused() -> None:
    shop = make_shop()
    wallet = make_wallet(customer=shop.customer, currency="JPY")

    answer = post(
        staff_client(),
        "grant_credit",
        wallet.public_id,
        kind="prepaid",
        amount="10.5",
        priority="25",
        key="k",
    )

    assert answer.status_code == 422
    assert answer.context["form"].errors["amount"] == ["Write an amount above 0 in steps of 1."]


def test_credit_that_was_paid_for_says_that_money_is_owed() -> None:
    shop = make_shop()
    grant = make_grant(wallet=make_wallet(customer=shop.customer), source=GrantSource.PAID)

    asked = staff_client().get(reverse("backoffice:void_grant", args=[grant.public_id]))

    assert "The customer has paid for it" in " ".join(asked.context["consequences"])


def test_tax_of_a_customer_is_told_with_rate_place_and_check() -> None:
    ship_rates()
    shop = make_shop(country="DE", tax_id="DE811907980")
    make_registration(shop.brand, "DE")
    make_check(shop.customer, registered_name="Ada GmbH", consultation_number="WAPI42")
    record_location(customer=shop.customer, kind=EvidenceKind.IP_ADDRESS, country="FR", at=STARTED_AT)

    page = page_of(staff_client(), shop.customer)

    for text in ("VAT 19 % (DE)", "Ada GmbH", "WAPI42", "Country of the IP address: FR", "Valid"):
        assert text in page


def test_unanswered_tax_says_what_is_missing() -> None:
    shop = make_shop(country="")
    make_registration(shop.brand, "DE")

    page = page_of(staff_client(), shop.customer)

    assert "has no country: complete the address" in page


def test_customer_is_exempted_with_a_reason_and_taxed_again() -> None:
    shop, client = make_shop(), staff_client()
    at = shop.customer.public_id

    missing = post(client, "set_tax_exemption", at, tax_exempt="on", tax_exempt_reason="")
    post(client, "set_tax_exemption", at, tax_exempt="on", tax_exempt_reason="Certificate 7")
    exempt = Customer.objects.get(pk=shop.customer.pk)
    page = page_of(client, shop.customer)
    post(client, "set_tax_exemption", at, tax_exempt_reason="Certificate 7")
    taxed = Customer.objects.get(pk=shop.customer.pk)

    assert missing.status_code == 422
    assert (exempt.tax_exempt, exempt.tax_exempt_reason) == (True, "Certificate 7")
    assert "Certificate 7" in page
    assert (taxed.tax_exempt, taxed.tax_exempt_reason) == (False, "")
    assert Event.objects.filter(name="staff.set_tax_exemption").count() == 2


def test_tax_id_is_checked_by_hand() -> None:
    shop = make_shop(country="GB", tax_id="GB123456789")

    done = post(staff_client(), "check_tax_id", shop.customer.public_id)

    assert done.status_code == 302
    assert TaxIdCheck.objects.get().status == CheckStatus.INVALID


def test_tax_id_that_is_missing_cannot_be_checked() -> None:
    shop = make_shop(tax_id="")

    refused = post(staff_client(), "check_tax_id", shop.customer.public_id)

    assert refused.status_code == 409
    assert not Event.objects.filter(name="staff.check_tax_id").exists()


def test_home_tells_of_coupons_at_their_cap_and_wallets_below_their_alert() -> None:
    shop, client = make_shop(), staff_client()
    capped = make_percent_coupon(brand=shop.brand, max_redemptions=1, code="FULL")
    redeem(client, shop, capped.code)
    make_percent_coupon(brand=shop.brand, code="ROOMY")
    make_wallet(customer=shop.customer, name="Nearly empty", alert_thresholds=(500, 2000))
    make_wallet(customer=shop.customer, name="No alert")

    home = client.get(reverse("backoffice:home"))
    coupons = client.get(reverse("backoffice:coupons"), {"status": "capped"}).context["list"].rows
    wallets = client.get(reverse("backoffice:wallets"), {"status": "low"}).context["list"].rows

    assert (home.context["needs"].capped_coupons, home.context["needs"].low_wallets) == (1, 1)
    assert [row.code for row in coupons] == ["FULL"]
    assert [(row.name, row.alert_minor) for row in wallets] == [("Nearly empty", 2000)]


def test_lists_are_exported_with_what_is_taken_off() -> None:
    shop, client = make_shop(), staff_client()
    make_percent_coupon(brand=shop.brand, code="QUARTER")
    make_wallet(customer=shop.customer, at=utc(2026, 1, 1))

    coupons = client.get(reverse("backoffice:coupons"), {"format": "csv"})
    wallets = client.get(reverse("backoffice:wallets"), {"format": "csv"})

    assert "25 % off one invoice" in b"".join(coupons.streaming_content).decode()  # type: ignore[attr-defined]
    assert ",EUR,0.00," in b"".join(wallets.streaming_content).decode()  # type: ignore[attr-defined]
