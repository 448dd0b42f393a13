from __future__ import annotations

import pytest

from apps.audit.models import Event
from apps.billing.due import expiring_cards
from apps.billing.models import CardExpiryNotice
from apps.core.due_work import Scope
from apps.customers.models import Customer
from apps.payments.models import PaymentMethod
from tests.factories.billing import make_card, utc
from tests.factories.customers import make_customer, make_test_clock

pytestmark = pytest.mark.django_db


def make_owner(zone: str = "UTC") -> tuple[Customer, Scope]:
    clock = make_test_clock(now_at=utc(2026, 1, 1))
    return make_customer(test_clock=clock, time_zone=zone), Scope(clock.pk)


def told() -> list[tuple[str, int]]:
    return [
        (event.subject_id, event.data["days"])
        for event in Event.objects.filter(name="payment_method.expiring").order_by("pk")
    ]


def test_default_card_is_announced_thirty_and_seven_days_before_its_month_ends() -> None:
    owner, scope = make_owner()
    card = make_card(owner, exp_month=6, exp_year=2026)

    assert expiring_cards.next_due(scope) == utc(2026, 6, 1, 9)
    assert expiring_cards.run_due(scope, utc(2026, 6, 1, 8, 59)) == 0
    assert expiring_cards.run_due(scope, utc(2026, 6, 1, 9)) == 1
    assert told() == [(card.public_id, 30)]
    assert Event.objects.get(name="payment_method.expiring").data == {"expires": [2026, 6], "days": 30}
    assert expiring_cards.run_due(scope, utc(2026, 6, 2)) == 0

    assert expiring_cards.next_due(scope) == utc(2026, 6, 24, 9)
    assert expiring_cards.run_due(scope, utc(2026, 6, 24, 9)) == 1
    assert told() == [(card.public_id, 30), (card.public_id, 7)]
    assert expiring_cards.next_due(scope) is None


def test_announcement_is_at_nine_of_the_customer_and_a_december_ends_with_the_year() -> None:
    owner, scope = make_owner("America/New_York")
    make_card(owner, exp_month=12, exp_year=2026)

    # 09:00 in New York is 14:00 UTC in winter.
    assert expiring_cards.next_due(scope) == utc(2026, 12, 2, 14)


def test_card_that_is_found_late_is_announced_once_and_one_that_has_expired_not_at_all() -> None:
    owner, scope = make_owner()
    late = make_card(owner, exp_month=6, exp_year=2026)
    make_card(make_customer(test_clock=owner.test_clock), exp_month=5, exp_year=2026)

    assert expiring_cards.run_due(scope, utc(2026, 6, 29)) == 4

    assert told() == [(late.public_id, 7)]
    assert CardExpiryNotice.objects.filter(announced_at=None).count() == 3
    assert expiring_cards.next_due(scope) is None


def test_only_cards_that_are_charged_without_the_customer_are_announced() -> None:
    owner, scope = make_owner()
    ends = {"exp_month": 6, "exp_year": 2026}
    make_card(owner, gateway_id="pm_spare", is_default=False, **ends)
    make_card(owner, gateway_id="pm_gone", status="removed", **ends)
    backup = make_card(owner, gateway_id="pm_backup", is_default=False, is_backup=True, **ends)

    assert expiring_cards.run_due(scope, utc(2026, 6, 10)) == 1

    assert told() == [(backup.public_id, 30)]


def test_card_that_the_bank_extends_is_announced_again_for_its_new_end() -> None:
    owner, scope = make_owner()
    card = make_card(owner, exp_month=6, exp_year=2026)
    expiring_cards.run_due(scope, utc(2026, 6, 1, 9))

    PaymentMethod.objects.filter(pk=card.pk).update(exp_year=2029)

    assert expiring_cards.next_due(scope) == utc(2029, 6, 1, 9)
