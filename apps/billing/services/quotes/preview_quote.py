from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from django.db import transaction

from apps.accounts.models import Brand
from apps.billing.effects import Effect, effect_of
from apps.billing.quote_figures import QuotedCode, QuotePreview, figures_of
from apps.billing.quote_terms import Place, PrivateOffer, QuoteTerms
from apps.billing.services.quotes.private_plan import make_private_plan
from apps.billing.services.run.bill_customer import bill_through, lock_billed_customer
from apps.billing.services.subscriptions.rehearse_next_bill import rehearse_next_bill
from apps.billing.services.subscriptions.subscribe import MAX_BACKDATED, Purchase, terms_of_purchase
from apps.core.errors import InvalidInput
from apps.customers.models import Customer
from apps.customers.services.create_customer import create_customer
from apps.plans.enums import VersionStatus
from apps.plans.errors import PlanNotFound
from apps.plans.models import PlanVersion
from apps.plans.selectors import get_plan, get_version, published_version
from apps.pricing.errors import PricingError
from apps.promos.errors import CouponRefused, PromotionCodeNotFound
from apps.promos.services.redeem import redeem_coupon
from apps.rating.assumed_usage import usage_assumed
from apps.subscriptions.enums import CollectionMethod
from apps.subscriptions.models import Subscription
from apps.subscriptions.services.start import start_subscription
from apps.taxes.enums import OPEN, CheckStatus
from apps.taxes.models import TaxIdCheck
from apps.taxes.services.open_tax_id_check import open_tax_id_check

MOST_AHEAD = timedelta(days=731)


def preview_quote(
    *,
    terms: QuoteTerms,
    customer: Customer,
    at: datetime,
    offer: PrivateOffer | None = None,
    refuses_codes: bool = True,
) -> QuotePreview:
    """Say exactly what subscribing to these terms at `at` (the customer's time) would bill, first and next.

    It is done by the very services that sell, redeem, rate, tax and bill, and taken back: nothing is kept,
    no number is spent, nobody is told. `offer` are prices of their own in place of a plan. It is billed as if
    there were a way to pay. Where `refuses_codes` is false a code that would be refused is told, not raised.

    Raises:
        PlanNotFound, CatalogEntryNotFound, PriceUnavailable, CatalogInvalid: it cannot be sold so (404, 422).
        PromotionCodeNotFound, CouponRefused: a code does not count (404, 409).
        InvalidInput: a quantity, a day or usage that makes no sense (422).
    """
    try:
        with transaction.atomic(), usage_assumed(terms.usage, since=at):
            preview = _rehearse(terms, customer, at, offer, refuses_codes)
            transaction.set_rollback(True)
    except PricingError as error:
        raise InvalidInput(error.message, field="usage") from error
    return preview


def preview_quote_for_place(
    *,
    terms: QuoteTerms,
    place: Place,
    brand: Brand,
    livemode: bool,
    at: datetime,
    offer: PrivateOffer | None = None,
) -> QuotePreview:
    """The same for somebody who is no customer yet, by where they are; `at` is real time.

    Of a tax id the form is checked; that its register would confirm it is assumed, since nobody is asked.

    Raises:
        As `preview_quote`; CustomerInvalid: there is no such place (422).
    """
    with transaction.atomic():
        customer = _made_up(place, terms, brand, livemode, at)
        preview = preview_quote(terms=terms, customer=customer, at=at, offer=offer)
        transaction.set_rollback(True)
    return preview


def quoted_version(*, terms: QuoteTerms, brand_id: int) -> PlanVersion:
    """The version that is offered: the one that was named, else the plan's newest.

    Raises:
        PlanNotFound, CatalogEntryNotFound: it is not sold here (404).
    """
    if terms.version is None:
        return published_version(plan_code=terms.plan, brand_id=brand_id)
    plan = get_plan(reference=terms.plan, brand_id=brand_id)
    version = get_version(plan=plan, number=terms.version)
    if version.status != VersionStatus.PUBLISHED or (plan.archived_at and not terms.is_private):
        raise PlanNotFound(f"Version {terms.version} of '{terms.plan}' is not on sale.", field="plan")
    return version


def purchase_of_quote(*, terms: QuoteTerms, version: PlanVersion, codes: Sequence[str]) -> Purchase:
    """What accepting buys: this very version, with the codes that count."""
    return Purchase(
        plan_code=version.plan.code,
        version=version,
        currency=terms.currency,
        quantity=terms.quantity,
        quantities=terms.quantities,
        trial_days=terms.trial_days,
        starts_at=terms.starts_at,
        billing_day=terms.billing_day,
        collection_method=terms.collection_method,
        coupons=codes,
    )


def _made_up(place: Place, terms: QuoteTerms, brand: Brand, livemode: bool, at: datetime) -> Customer:
    customer = create_customer(
        brand=brand,
        livemode=livemode,
        at=at,
        name="The customer",
        email=f"{secrets.token_hex(8)}@quotes.example",
        currency=terms.currency or brand.default_currency,
        country=place.country,
        region=place.region,
        postal_code=place.postal_code,
        city=place.city,
        tax_id=place.tax_id,
    )
    if customer.tax_id:
        _assume_confirmed(open_tax_id_check(customer_id=customer.pk, at=at), at)
    return customer


def _assume_confirmed(check: TaxIdCheck, at: datetime) -> None:
    """Answer the question to a register with yes; what the form alone tells is known already."""
    if check.status in OPEN:
        check.status, check.answered_at = CheckStatus.VALID, at
        check.save(update_fields=["status", "answered_at"])


def _rehearse(
    terms: QuoteTerms, customer: Customer, at: datetime, offer: PrivateOffer | None, refuses_codes: bool
) -> QuotePreview:
    held = lock_billed_customer(customer_id=customer.pk)
    if offer is not None:
        version = make_private_plan(brand=held.brand, offer=offer, at=at)
    else:
        version = quoted_version(terms=terms, brand_id=held.brand_id)
    starts_at = terms.starts_at or at
    if not at - MAX_BACKDATED <= starts_at <= at + MOST_AHEAD:
        raise InvalidInput("It starts too long ago, or too far ahead.", field="starts_at")
    sold = terms_of_purchase(
        customer=held, purchase=purchase_of_quote(terms=terms, version=version, codes=terms.codes)
    )
    # As if there were a way to pay: a trial without one might end otherwise.
    sold = replace(sold, collection_method=CollectionMethod.SEND_INVOICE)
    subscription = start_subscription(customer=held, terms=sold, at=at)
    codes = [_redeemed(code, subscription, at, refuses_codes) for code in terms.codes]
    first = _first(held, subscription, at)
    following = rehearse_next_bill(customer=held, subscription=subscription) if first is not None else None
    return QuotePreview(
        at=at,
        starts_at=starts_at,
        trial_ends_at=subscription.trial_ends_at,
        version=version,
        prices=list(sold.prices),
        currency=sold.currency,
        quantity=sold.quantity,
        first=first,
        next=following,
        codes=codes,
        figures=figures_of(
            version=version, prices=list(sold.prices), codes=codes, effects=[first, following]
        ),
    )


def _redeemed(code: str, subscription: Subscription, at: datetime, refuses: bool) -> QuotedCode:
    try:
        # A savepoint: what one refused code has locked or written goes, the others stay.
        with transaction.atomic():
            redemption = redeem_coupon(
                customer=subscription.customer, code=code, subscription=subscription, at=at
            )
    except (CouponRefused, PromotionCodeNotFound) as error:
        if refuses:
            raise
        return QuotedCode(code, refusal=error.message)
    return QuotedCode(code, redemption.coupon.public_id, redemption.coupon.name)


def _first(customer: Customer, subscription: Subscription, at: datetime) -> Effect | None:
    """What is due by now together, where it begins now or has begun; else the first bill that will come."""
    invoices = bill_through(customer=customer, subscription=subscription, at=at)
    if invoices:
        return effect_of(at=at, currency=subscription.currency, invoices=invoices, notes=[])
    return rehearse_next_bill(customer=customer, subscription=subscription)
