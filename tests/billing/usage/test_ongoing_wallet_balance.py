from __future__ import annotations

import pytest

from apps.billing.services.usage.ongoing_wallet_balance import ongoing_wallet_balance
from apps.customers.models import Customer
from apps.invoices.models import Invoice
from apps.plans.models import Meter
from apps.subscriptions.models import Subscription
from apps.wallets.enums import GrantKind
from apps.wallets.models import GrantMovement
from tests.factories.billing import subscribe_to, utc
from tests.factories.customers import make_brand, make_customer
from tests.factories.plans import flat_price, make_meter, make_plan, metered_price
from tests.factories.taxes import make_registration, ship_rates
from tests.factories.usage import make_event, send
from tests.factories.wallets import make_grant, make_wallet

pytestmark = pytest.mark.django_db

STARTED_AT = utc(2026, 2, 1)
NOW = utc(2026, 2, 10)


def units() -> Meter:
    return make_meter(code="units", aggregation="sum", value_property="value")


def user_of(meter: Meter, customer: Customer) -> Subscription:
    prices = [flat_price("31.00", timing="in_arrears"), metered_price(meter, unit_amount="1.00")]
    return subscribe_to(make_plan(prices=prices), customer=customer, at=STARTED_AT).subscription


def use(customer: Customer, value: int) -> None:
    event = make_event(customer, "units", timestamp=utc(2026, 2, 5), properties={"value": str(value)})
    assert [answer.errors for answer in send(customer, event)] == [None]


def left(customer: Customer) -> int:
    return ongoing_wallet_balance(customer=customer, currency="EUR", at=NOW)


def test_usage_so_far_counts_with_its_tax_and_the_fee_to_come_does_not() -> None:
    ship_rates()
    brand = make_brand(country="DE")
    make_registration(brand, "DE")
    customer = make_customer(brand=brand, country="DE")
    make_grant(5000, wallet=make_wallet(customer=customer, at=STARTED_AT), at=STARTED_AT)
    user_of(units(), customer)

    assert left(customer) == 5000
    use(customer, 10)

    assert left(customer) == 5000 - 1190


def test_promotional_credit_lowers_what_prepaid_credit_pays() -> None:
    customer = make_customer()
    wallet = make_wallet(customer=customer, at=STARTED_AT)
    make_grant(5000, wallet=wallet, at=STARTED_AT)
    make_grant(300, wallet=wallet, kind=GrantKind.PROMOTIONAL, at=STARTED_AT)
    user_of(units(), customer)
    use(customer, 10)

    assert left(customer) == 5300 - 300 - 700


def test_what_no_grant_covers_does_not_count_and_more_than_there_is_goes_below_zero() -> None:
    customer = make_customer()
    meter, other = units(), make_meter(code="other", event_name="other")
    wallet = make_wallet(customer=customer, at=STARTED_AT)
    make_grant(400, wallet=wallet, meter_ids=(other.pk,), at=STARTED_AT)
    user_of(meter, customer)
    use(customer, 10)

    assert left(customer) == 400

    make_grant(100, wallet=wallet, at=STARTED_AT)
    assert left(customer) == 500 - 1000


def test_looking_keeps_nothing() -> None:
    customer = make_customer()
    make_grant(5000, wallet=make_wallet(customer=customer, at=STARTED_AT), at=STARTED_AT)
    user_of(units(), customer)
    use(customer, 10)
    before = Invoice.objects.count(), GrantMovement.objects.count()

    assert left(customer) == left(customer)

    assert (Invoice.objects.count(), GrantMovement.objects.count()) == before


def test_customer_without_a_wallet_has_nothing_left() -> None:
    customer = make_customer()
    user_of(units(), customer)
    use(customer, 10)

    assert left(customer) == 0
