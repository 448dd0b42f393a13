"""Where customers were seen: two agreeing items are asked for, contradictions are told."""

from __future__ import annotations

from datetime import timedelta

import pytest

from apps.audit.models import Event
from apps.taxes.enums import CheckStatus, EvidenceKind
from apps.taxes.facts import tax_facts
from apps.taxes.location import location_of
from apps.taxes.models import LocationEvidence
from apps.taxes.services.record_location import record_location
from tests.factories.customers import MADE_AT, make_customer
from tests.factories.taxes import make_check

pytestmark = pytest.mark.django_db

LATER = MADE_AT + timedelta(days=1)


def test_an_address_alone_is_one_item_and_an_agreeing_card_makes_two() -> None:
    customer = make_customer(country="FR")
    before = location_of(customer)

    record_location(customer=customer, kind=EvidenceKind.PAYMENT_METHOD, country="fr", at=MADE_AT)

    after = location_of(customer)
    assert (before.agreeing, before.is_enough) == (("billing_address",), False)
    assert (after.agreeing, after.is_enough) == (("billing_address", "payment_method"), True)
    assert Event.objects.filter(name="location.contradicted").count() == 0


def test_a_contradiction_is_told_once_and_the_newest_of_a_kind_counts() -> None:
    customer = make_customer(country="FR")
    for at in (MADE_AT, LATER):
        record_location(customer=customer, kind=EvidenceKind.IP_ADDRESS, country="US", at=at)

    told = Event.objects.get(name="location.contradicted")
    assert told.data == {"kind": "ip_address", "country": "US", "billing_country": "FR"}
    assert location_of(customer).contradicting == (("ip_address", "US"),)
    assert LocationEvidence.objects.get().seen_at == LATER

    record_location(
        customer=customer, kind=EvidenceKind.IP_ADDRESS, country="FR", at=LATER + timedelta(hours=1)
    )
    assert (location_of(customer).is_enough, location_of(customer).contradicting) == (True, ())


def test_what_is_no_country_is_not_noted() -> None:
    record_location(customer=make_customer(), kind=EvidenceKind.IP_ADDRESS, country="??", at=MADE_AT)

    assert LocationEvidence.objects.count() == 0


def test_the_facts_of_a_decision_name_place_and_proof() -> None:
    customer = make_customer(country="FR", tax_id="FR40303265045")
    unchecked = tax_facts(customer)
    make_check(customer, CheckStatus.VALID, consultation_number="WAPI1")

    assert unchecked["tax_id"] == {"number": "FR40303265045", "status": "unchecked"}
    assert tax_facts(customer) == {
        "location": {"country": "FR", "agreeing": ["billing_address"], "contradicting": []},
        "tax_id": {
            "number": "FR40303265045",
            "status": "valid",
            "source": "vies",
            "consultation_number": "WAPI1",
            "answered_at": "2026-01-01T00:00:00Z",
        },
    }
    assert "tax_id" not in tax_facts(make_customer())
