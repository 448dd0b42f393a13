from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from apps.audit.models import Event
from apps.taxes.enums import Scheme, UncheckedId
from apps.taxes.errors import RegistrationInvalid
from apps.taxes.models import TaxRegistration
from apps.taxes.services.change_registration import change_registration
from apps.taxes.services.register_brand import RegistrationInput, register_brand
from tests.factories.customers import MADE_AT, make_brand
from tests.factories.taxes import make_registration

pytestmark = pytest.mark.django_db

FIRST = date(2026, 1, 1)


def wish(**changes: Any) -> RegistrationInput:
    return RegistrationInput(**{"country": "DE", "scheme": Scheme.VAT, "valid_from": FIRST, **changes})


def test_a_registration_is_made_in_its_one_spelling() -> None:
    made = register_brand(
        brand=make_brand(country="IN"),
        registration=wish(country="in", scheme=Scheme.GST, region="29", number=" 29AAACB0446L1ZT "),
        at=MADE_AT,
    )

    assert (made.country, made.region, made.number) == ("IN", "KA", "29AAACB0446L1ZT")
    assert Event.objects.get(name="tax_registration.created").subject_id == made.public_id


def test_a_seller_from_abroad_is_registered_for_the_whole_of_india() -> None:
    made = register_brand(
        brand=make_brand(country="US"), registration=wish(country="IN", scheme=Scheme.GST), at=MADE_AT
    )

    assert (made.country, made.region) == ("IN", "")


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"country": "EU"}, "country"),
        ({"scheme": Scheme.SWISS_VAT}, "scheme"),
        ({"scheme": Scheme.SALES_TAX}, "scheme"),
        ({"country": "GB", "scheme": Scheme.OSS_UNION}, "scheme"),
        ({"country": "CH"}, "scheme"),
        ({"country": "AT", "scheme": Scheme.GST}, "scheme"),
        ({"country": "IN", "scheme": Scheme.GST}, "region"),
        ({"country": "US", "scheme": Scheme.SALES_TAX, "region": "Bavaria"}, "region"),
        ({"valid_to": FIRST}, "valid_to"),
    ],
)
def test_a_registration_that_cannot_be_is_refused(changes: dict[str, Any], field: str) -> None:
    brand = make_brand(country=changes.get("country", "DE"))

    with pytest.raises(RegistrationInvalid) as refused:
        register_brand(brand=brand, registration=wish(**changes), at=MADE_AT)

    assert refused.value.field == field
    assert TaxRegistration.objects.count() == 0


@pytest.mark.parametrize(
    ("valid_from", "valid_to", "fits"),
    [
        (date(2026, 3, 1), None, False),
        (date(2025, 1, 1), None, False),
        (date(2025, 1, 1), date(2026, 2, 1), True),
        (date(2026, 4, 1), None, True),
        (date(2026, 2, 1), date(2026, 2, 2), False),
    ],
)
def test_the_days_of_one_registration_do_not_overlap(
    valid_from: date, valid_to: date | None, fits: bool
) -> None:
    brand = make_brand()
    make_registration(brand, "DE", valid_from=date(2026, 2, 1), valid_to=date(2026, 4, 1))
    registration = wish(valid_from=valid_from, valid_to=valid_to)

    if fits:
        register_brand(brand=brand, registration=registration, at=MADE_AT)
    else:
        with pytest.raises(RegistrationInvalid):
            register_brand(brand=brand, registration=registration, at=MADE_AT)

    assert TaxRegistration.objects.count() == 1 + fits


def test_a_registration_is_ended_and_its_policy_changed() -> None:
    registration = make_registration(make_brand(), "DE")

    changed = change_registration(
        registration_id=registration.pk,
        changes={"valid_to": date(2027, 1, 1), "unchecked_ids": UncheckedId.TRUST},
        at=MADE_AT,
    )

    assert (changed.valid_to, changed.unchecked_ids) == (date(2027, 1, 1), UncheckedId.TRUST)
    values = Event.objects.get(name="tax_registration.changed").data["values"]
    assert values["unchecked_ids"] == {"from": "charge", "to": "trust"}


@pytest.mark.parametrize("changes", [{"country": "FR"}, {"valid_to": date(2020, 1, 1)}])
def test_a_registration_keeps_its_place_and_order(changes: dict[str, Any]) -> None:
    registration = make_registration(make_brand(), "DE")

    with pytest.raises(RegistrationInvalid):
        change_registration(registration_id=registration.pk, changes=changes, at=MADE_AT)

    assert Event.objects.filter(name="tax_registration.changed").count() == 0
