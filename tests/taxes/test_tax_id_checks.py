"""Asking a register about tax ids: once, outside transactions, again later, and never over the network."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from apps.audit.models import Event
from apps.core.due_work import Scope
from apps.customers.models import Customer
from apps.customers.services.update_customer import update_customer
from apps.taxes.due import tax_id_checks
from apps.taxes.enums import CheckSource, CheckStatus
from apps.taxes.errors import TaxIdUncheckable
from apps.taxes.id_services.vies import Vies
from apps.taxes.models import TaxIdCheck
from apps.taxes.selectors import latest_check
from apps.taxes.services.ask_register import CLAIM, ask_register
from apps.taxes.services.open_tax_id_check import open_tax_id_check
from tests.factories.customers import MADE_AT, make_brand, make_customer, make_test_clock
from tests.factories.taxes import make_check, make_registration
from tests.fixtures.vies import ViesStandIn

REAL_TIME = Scope()
FRENCH = {"country": "FR", "tax_id": "FR40303265045"}
UNAVAILABLE = {"actionSucceed": False, "errorWrappers": [{"error": "MS_UNAVAILABLE"}]}


def make_buyer(**profile: Any) -> Customer:
    brand = make_brand(tax_id="DE136695976")
    make_registration(brand, "DE")
    return make_customer(brand=brand, **FRENCH | profile)


@pytest.mark.django_db
def test_a_new_id_is_asked_about_in_the_sellers_name(vies: ViesStandIn) -> None:
    customer = make_buyer()

    handled = tax_id_checks.run_due(REAL_TIME, MADE_AT)

    check = TaxIdCheck.objects.get()
    assert handled == 2
    assert vies.questions == [
        {
            "countryCode": "FR",
            "vatNumber": "40303265045",
            "requesterMemberStateCode": "DE",
            "requesterNumber": "136695976",
        }
    ]
    assert (check.customer, check.status, check.source) == (customer, CheckStatus.VALID, CheckSource.VIES)
    assert (check.consultation_number, check.registered_name) == ("WAPIAAAAW1234567", "ACME SA")
    assert check.next_ask_at == MADE_AT + timedelta(days=90)
    event = Event.objects.get(name="tax_id.checked")
    assert event.customer_id == customer.pk
    assert event.data == {"status": "valid", "source": "vies", "country": "FR"}


@pytest.mark.django_db
def test_a_cached_answer_is_not_asked_for_again_until_it_is_old(vies: ViesStandIn) -> None:
    customer = make_buyer()
    tax_id_checks.run_due(REAL_TIME, MADE_AT)

    assert tax_id_checks.next_due(REAL_TIME) == MADE_AT + timedelta(days=90)
    assert tax_id_checks.run_due(REAL_TIME, MADE_AT + timedelta(days=89)) == 0
    vies.say(UNAVAILABLE)
    old = MADE_AT + timedelta(days=90)
    while tax_id_checks.run_due(REAL_TIME, old):
        pass

    # While the register is away, the old answer holds.
    held = latest_check(customer)
    assert held is not None
    assert (held.status, TaxIdCheck.objects.count()) == (CheckStatus.VALID, 2)
    vies.say({"valid": False})
    tax_id_checks.run_due(REAL_TIME, old + timedelta(hours=1))
    held = latest_check(customer)
    assert held is not None
    assert held.status == CheckStatus.INVALID


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("status", "body"),
    [
        (200, UNAVAILABLE),
        (200, {"valid": False, "userError": "IP_BLOCKED"}),
        (200, {"isValid": False, "userError": "MS_MAX_CONCURRENT_REQ"}),
        (500, "not json"),
        (200, {}),
        (200, []),
    ],
)
def test_a_register_that_is_away_says_nothing_about_the_id(vies: ViesStandIn, status: int, body: Any) -> None:
    customer = make_buyer()
    vies.say(body, status=status)

    while tax_id_checks.run_due(REAL_TIME, MADE_AT):
        pass

    check = TaxIdCheck.objects.get(customer=customer)
    assert (check.status, check.attempts, check.answered_at) == (CheckStatus.UNAVAILABLE, 1, None)
    assert check.problem.startswith("VIES")
    assert check.next_ask_at == tax_id_checks.next_due(REAL_TIME) == MADE_AT + timedelta(minutes=5)
    tax_id_checks.run_due(REAL_TIME, MADE_AT + timedelta(minutes=5))
    check.refresh_from_db()
    assert (check.status, check.attempts, check.problem) == (CheckStatus.VALID, 2, "")


@pytest.mark.django_db
@pytest.mark.parametrize(
    "body",
    [
        {"valid": False},
        {"isValid": False, "userError": "INVALID"},
        {"actionSucceed": False, "errorWrappers": [{"error": "INVALID_INPUT"}]},
    ],
)
def test_a_denied_id_is_invalid(vies: ViesStandIn, body: Any) -> None:
    make_buyer()
    vies.say(body)

    tax_id_checks.run_due(REAL_TIME, MADE_AT)

    assert TaxIdCheck.objects.get().status == CheckStatus.INVALID


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("profile", "status"),
    [
        ({"tax_id": "FR12345678901"}, CheckStatus.INVALID),
        ({"country": "GB", "tax_id": "GB980780684"}, CheckStatus.VALID),
        ({"country": "IN", "tax_id": "27AAPFU0939F1ZO"}, CheckStatus.INVALID),
    ],
)
def test_what_the_form_tells_is_not_asked(
    vies: ViesStandIn, profile: dict[str, str], status: CheckStatus
) -> None:
    make_buyer(**profile)

    tax_id_checks.run_due(REAL_TIME, MADE_AT)

    check = TaxIdCheck.objects.get()
    assert (check.status, check.source, vies.questions) == (status, CheckSource.SYNTAX, [])
    assert tax_id_checks.run_due(REAL_TIME, MADE_AT) == 0


@pytest.mark.django_db
def test_ids_of_no_known_kind_are_looked_at_once_and_hold_up_nobody(vies: ViesStandIn) -> None:
    brand = make_buyer(country="US", tax_id="12-3456789").brand
    for number in range(25):
        make_customer(brand=brand, country="US", tax_id=f"12-{number}")
    french = make_customer(brand=brand, **FRENCH)

    while tax_id_checks.run_due(REAL_TIME, MADE_AT):
        pass

    assert TaxIdCheck.objects.filter(status=CheckStatus.UNCHECKABLE).count() == 26
    assert TaxIdCheck.objects.get(customer=french).status == CheckStatus.VALID
    assert tax_id_checks.next_due(REAL_TIME) == MADE_AT + timedelta(days=90)


@pytest.mark.django_db
def test_customers_without_an_id_and_of_unregistered_brands_are_left_alone(vies: ViesStandIn) -> None:
    without = make_buyer(tax_id="")
    make_customer(**FRENCH)

    assert tax_id_checks.next_due(REAL_TIME) is None
    assert tax_id_checks.run_due(REAL_TIME, MADE_AT) == 0
    assert (TaxIdCheck.objects.count(), vies.questions) == (0, [])
    with pytest.raises(TaxIdUncheckable):
        open_tax_id_check(customer_id=without.pk, at=MADE_AT)


@pytest.mark.django_db
def test_an_id_is_looked_at_again_when_the_customer_moves(vies: ViesStandIn) -> None:
    customer = make_buyer()
    tax_id_checks.run_due(REAL_TIME, MADE_AT)
    update_customer(customer_id=customer.pk, changes={"country": "BE"}, at=MADE_AT)
    customer.refresh_from_db()

    assert latest_check(customer) is None
    tax_id_checks.run_due(REAL_TIME, MADE_AT)

    again = latest_check(customer)
    assert again is not None
    assert (again.status, again.country, again.customer_country) == (CheckStatus.VALID, "FR", "BE")


@pytest.mark.django_db
def test_without_an_address_nobody_is_asked() -> None:
    make_buyer()

    assert tax_id_checks.run_due(REAL_TIME, MADE_AT) == 1
    assert TaxIdCheck.objects.get().status == CheckStatus.PENDING
    assert tax_id_checks.next_due(REAL_TIME) is None


@pytest.mark.django_db
def test_a_customer_on_a_test_clock_is_checked_in_its_time(vies: ViesStandIn) -> None:
    brand = make_brand()
    make_registration(brand, "DE")
    clock = make_test_clock(brand=brand)
    make_customer(test_clock=clock, **FRENCH)

    assert tax_id_checks.next_due(REAL_TIME) is None
    assert tax_id_checks.next_due(Scope(clock.pk)) == clock.now_at
    tax_id_checks.run_due(Scope(clock.pk), clock.now_at)
    assert TaxIdCheck.objects.get().status == CheckStatus.VALID


@pytest.mark.django_db
def test_asking_by_hand_uses_the_open_question(vies: ViesStandIn) -> None:
    customer = make_buyer()
    waiting = make_check(customer, CheckStatus.UNAVAILABLE, next_ask_at=MADE_AT + timedelta(days=7))

    again = open_tax_id_check(customer_id=customer.pk, at=MADE_AT)

    assert (again.pk, again.next_ask_at) == (waiting.pk, MADE_AT)


@pytest.mark.real_commits
def test_the_register_is_asked_outside_transactions_by_one_process(
    vies: ViesStandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    check = open_tax_id_check(customer_id=make_buyer().pk, at=MADE_AT)
    seen: list[tuple[bool, bool]] = []
    ask = Vies.ask

    def spying(self: Vies, *args: Any, **kwargs: Any) -> Any:
        second = ask_register(check_id=check.pk, at=MADE_AT)
        seen.append((connection.in_atomic_block, second is None))
        return ask(self, *args, **kwargs)

    monkeypatch.setattr(Vies, "ask", spying)
    ask_register(check_id=check.pk, at=MADE_AT)

    assert seen == [(False, True)]
    assert timedelta(seconds=20) < CLAIM
    assert len(vies.questions) == 1


@pytest.mark.django_db
@pytest.mark.parametrize(
    "statement",
    ["UPDATE taxes_taxidcheck SET status = 'invalid'", "DELETE FROM taxes_taxidcheck"],
)
def test_an_answer_is_kept(statement: str) -> None:
    make_check(make_buyer())

    with pytest.raises(IntegrityError, match="are kept"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)

    assert TaxIdCheck.objects.get().status == CheckStatus.VALID
