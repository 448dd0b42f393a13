from __future__ import annotations

from datetime import timedelta

import pytest

from apps.billing.errors import CardRequired
from apps.billing.services.collection.collect_due import collect_due
from apps.billing.services.subscriptions.subscribe import Purchase
from apps.customers.models import Consent
from apps.payments.models import Payment
from apps.plans.enums import TrialEnd
from apps.portal.errors import AlreadySubscribed, LinkInvalid
from apps.portal.models import CheckoutSession
from apps.portal.order import order_for
from apps.portal.selectors import token_hash
from apps.portal.services.buy import buy_plan
from apps.portal.services.complete_checkout import complete_checkout
from apps.portal.services.pay_first import pay_first_invoices
from apps.portal.services.record_purchase import TIME_TO_PAY, GivenConsent
from apps.subscriptions.enums import CancelReason, SubscriptionStatus
from apps.subscriptions.models import Subscription
from tests.factories.billing import STARTED_AT, make_card, subscribe_to
from tests.factories.customers import make_customer
from tests.factories.payments import case_of, save_card
from tests.factories.plans import flat_price, make_free_plan, make_plan, seat_price
from tests.fixtures.gateway import GatewaySandbox

pytestmark = pytest.mark.django_db

CONSENT = GivenConsent("I agree.", None, "192.0.2.1")


def test_buying_leaves_the_charge_to_the_customer_for_half_an_hour(gateway: GatewaySandbox) -> None:
    customer, plan = make_customer(), make_plan()
    save_card(gateway, customer)

    bought = buy_plan(
        customer=customer, purchase=Purchase(plan_code=plan.code), consent=CONSENT, at=STARTED_AT
    )

    case = case_of(bought.invoices[0])
    assert case.next_attempt_at == STARTED_AT + TIME_TO_PAY
    assert not collect_due(case_id=case.pk, at=STARTED_AT)
    assert not Payment.objects.exists()
    kept = Consent.objects.get()
    assert (kept.text, kept.subject) == ("I agree.", bought.subscription.public_id)

    assert pay_first_invoices(subscribed=bought, at=STARTED_AT) is None
    assert Payment.objects.get().is_off_session is False


def test_customer_who_leaves_is_charged_when_the_time_is_over(gateway: GatewaySandbox) -> None:
    customer, plan = make_customer(), make_plan()
    save_card(gateway, customer)
    bought = buy_plan(
        customer=customer, purchase=Purchase(plan_code=plan.code), consent=CONSENT, at=STARTED_AT
    )

    assert collect_due(case_id=case_of(bought.invoices[0]).pk, at=STARTED_AT + TIME_TO_PAY)

    assert Payment.objects.get().is_off_session is True


def test_buying_twice_is_refused_and_keeps_nothing() -> None:
    customer, plan = make_customer(), make_plan()
    subscribe_to(plan, customer=customer)

    with pytest.raises(AlreadySubscribed):
        buy_plan(customer=customer, purchase=Purchase(plan_code=plan.code), consent=CONSENT, at=STARTED_AT)

    assert (Subscription.objects.count(), Consent.objects.count()) == (1, 0)


def test_buying_without_a_card_keeps_the_free_plan() -> None:
    customer = make_customer()
    subscribe_to(make_free_plan(), customer=customer, card=False)
    plan = make_plan()

    with pytest.raises(CardRequired):
        buy_plan(customer=customer, purchase=Purchase(plan_code=plan.code), consent=CONSENT, at=STARTED_AT)

    assert Subscription.objects.get().status == SubscriptionStatus.ACTIVE


def test_paid_plan_replaces_the_free_one_with_a_reason_of_its_own() -> None:
    customer = make_customer()
    free = subscribe_to(make_free_plan(), customer=customer).subscription
    plan = make_plan()
    at = STARTED_AT + timedelta(days=5)

    buy_plan(customer=customer, purchase=Purchase(plan_code=plan.code), consent=CONSENT, at=at)

    free.refresh_from_db()
    assert (free.status, free.cancel_reason, free.ended_at) == (
        SubscriptionStatus.CANCELED,
        CancelReason.REPLACED,
        at,
    )


def test_order_is_what_the_invoice_will_be() -> None:
    customer = make_customer()
    make_card(customer)
    plan = make_plan(name="Team", prices=[flat_price("10.00"), seat_price("12.50")])
    purchase = Purchase(plan_code=plan.code, quantity=3)

    order = order_for(customer=customer, purchase=purchase, at=STARTED_AT)
    bought = buy_plan(customer=customer, purchase=purchase, consent=CONSENT, at=STARTED_AT)

    assert order.preview.now.due_minor == bought.invoices[0].total_minor == 4750
    assert order.later is not None
    assert order.later.at == bought.subscription.next_bill_at
    seller = customer.brand.legal_name
    assert order.consent == (
        f"I agree that {seller} charges my payment method €47.50 today for Team, and €47.50 on "
        "February 28, 2026. After that the price of the plan is charged every month until I cancel. "
        "I can cancel here at any time, to the end of the period that is paid."
    )


def test_order_of_a_trial_says_what_comes_after_it_with_and_without_a_card() -> None:
    free = make_free_plan()
    terms = {"trial_days": 14, "trial_end": TrialEnd.DOWNGRADE, "trial_end_plan": free}
    plan = make_plan(name="Starter", version=terms)
    customer, with_card = make_customer(), make_customer()
    make_card(with_card)
    purchase = Purchase(plan_code=plan.code)

    order = order_for(customer=customer, purchase=purchase, at=STARTED_AT)
    carded = order_for(customer=with_card, purchase=purchase, at=STARTED_AT)

    assert (order.preview.now.due_minor, order.consent, order.asks_for_card) == (0, "", False)
    assert order.falls_back_to == "Free"
    assert order.later is not None
    assert (order.later.total_minor, order.later.at) == (2900, STARTED_AT + timedelta(days=14))
    assert "€29.00 for Starter when the trial ends on February 14, 2026" in carded.consent


def test_hosted_checkout_is_completed_once() -> None:
    customer, plan = make_customer(), make_plan()
    make_card(customer)
    session = CheckoutSession.objects.create(
        brand=customer.brand,
        customer=customer,
        plan_version=plan.versions.get(),
        currency="EUR",
        token_sha256=token_hash("token"),
        success_url="https://shop.example/",
        metadata={"cart": "7"},
        created_at=STARTED_AT,
        expires_at=STARTED_AT + timedelta(hours=1),
    )

    with pytest.raises(LinkInvalid):
        complete_checkout(session_id=session.pk, consent=CONSENT, at=STARTED_AT, now=session.expires_at)
    bought = complete_checkout(session_id=session.pk, consent=CONSENT, at=STARTED_AT, now=STARTED_AT)
    with pytest.raises(LinkInvalid):
        complete_checkout(session_id=session.pk, consent=CONSENT, at=STARTED_AT, now=STARTED_AT)

    session.refresh_from_db()
    assert (session.status, session.subscription) == ("complete", bought.subscription)
    assert bought.subscription.metadata == {"cart": "7"}
