"""What makes the demo's bills differ from its price list: tax, coupons and prepaid credit."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal

from apps.accounts.models import Brand
from apps.customers.models import Customer
from apps.promos.enums import CouponDuration, CouponType
from apps.promos.services.create_coupon import create_coupon
from apps.promos.services.create_promotion_code import create_promotion_code
from apps.promos.services.redeem import redeem_coupon
from apps.promos.validation import CurrencyTerms, NewCoupon
from apps.taxes.enums import Scheme, UncheckedId
from apps.taxes.services.load_rates import load_rates
from apps.taxes.services.register_brand import RegistrationInput, register_brand
from apps.wallets.enums import GrantKind, GrantSource, TopUpRule
from apps.wallets.grant_terms import GrantTerms, TopUpTerms, WalletTerms
from apps.wallets.services.grant import grant_credit
from apps.wallets.services.open_wallet import open_wallet

LAUNCH, FRIENDS = "LAUNCH20", "FRIENDS"
# Well-formed numbers: nobody is asked about them in a demo.
TAX_IDS = {
    "DE": ("DE136695976", "DE811907980"),
    "FR": ("FR40303265045", "FR23334175221", "FR83404833048", "FR61954506077"),
    "IE": ("IE6433435F", "IE6388047V", "IE9692928F"),
}
HUNDRED = {"EUR": 10000, "USD": 10000, "JPY": 10000}


def register_for_tax(*, brand: Brand, at: datetime) -> None:
    """German VAT, the One Stop Shop for consumers in the other states, and sales tax in Massachusetts."""
    load_rates(at=at)
    for country, scheme, number, region in (
        ("DE", Scheme.VAT, brand.tax_id, ""),
        ("DE", Scheme.OSS_UNION, brand.tax_id, ""),
        ("US", Scheme.SALES_TAX, "MA-12345678", "MA"),
    ):
        registration = RegistrationInput(
            country=country,
            region=region,
            scheme=scheme,
            number=number,
            valid_from=at.date() - timedelta(days=365),
            unchecked_ids=UncheckedId.TRUST,
        )
        register_brand(brand=brand, registration=registration, at=at)


def print_coupons(*, brand: Brand, at: datetime) -> None:
    """A percentage of the first invoices, and an amount for whoever was sent by a friend."""
    launch = NewCoupon(
        code="launch",
        name="Launch offer",
        type=CouponType.PERCENT,
        percent=Decimal(20),
        duration=CouponDuration.REPEATING,
        invoices=3,
    )
    friends = NewCoupon(
        code="friends",
        name="Sent by a friend",
        type=CouponType.FIXED,
        currencies=[CurrencyTerms("EUR", 1500), CurrencyTerms("USD", 1500), CurrencyTerms("JPY", 2000)],
    )
    for new, code in ((launch, LAUNCH), (friends, FRIENDS)):
        coupon = create_coupon(brand=brand, livemode=False, new=new, at=at)
        create_promotion_code(coupon=coupon, code=code, at=at)


def tax_id_of(country: str, number: int) -> str:
    """Of every second customer in Europe: companies give one, people do not."""
    known = TAX_IDS.get(country, ())
    return known[number // 2 % len(known)] if known and number % 2 else ""


def redeem_some(*, customer: Customer, number: int, at: datetime) -> None:
    """Some of those who pay have a code."""
    code = LAUNCH if number % 6 == 0 else FRIENDS if number % 10 == 3 else ""
    if code:
        redeem_coupon(customer=customer, code=code, at=at, by_customer=True)


def fill_wallet(*, customer: Customer, number: int, at: datetime) -> None:
    """A busy customer in eight buys credit ahead, one in eight was given some to try."""
    amount = HUNDRED[customer.currency]
    if number % 8 == 2:
        rule = TopUpTerms(rule=TopUpRule.THRESHOLD, amount_minor=2 * amount, threshold_minor=amount // 2)
        open_wallet(
            customer=customer,
            currency=customer.currency,
            terms=WalletTerms(name="Credit", top_up=rule),
            at=at,
        )
    if number % 8 == 6:
        wallet = open_wallet(
            customer=customer, currency=customer.currency, terms=WalletTerms(name="Welcome credit"), at=at
        )
        terms = GrantTerms(
            GrantKind.PROMOTIONAL, amount, name="Welcome credit", expires_at=at + timedelta(days=90)
        )
        grant_credit(
            wallet_id=wallet.pk,
            terms=terms,
            source=GrantSource.GIVEN,
            reference=("customer", customer.public_id),
            key=f"welcome:{customer.public_id}",
            at=at,
        )
