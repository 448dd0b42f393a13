from __future__ import annotations

from datetime import UTC, datetime

import pytest
import time_machine

from apps.core.public_ids import ALPHABET, PublicIdField, new_public_id
from tests.factories.customers import make_brand

# Python's own base 32 counts on with a to v, where Crockford leaves out i, l, o and u.
TO_BASE_32 = str.maketrans(ALPHABET[10:], "abcdefghijklmnopqrstuv")


def test_new_public_id_has_prefix_and_26_characters() -> None:
    made = new_public_id("cus")

    prefix, _, rest = made.partition("_")
    assert prefix == "cus"
    assert len(rest) == 26
    assert set(rest) <= set(ALPHABET)


def test_public_ids_made_later_sort_later() -> None:
    made = []

    for moment in (datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 1, 0, 0, 0, 1000, tzinfo=UTC)):
        with time_machine.travel(moment, tick=False):
            made.append(new_public_id("inv"))

    assert made == sorted(made)
    assert [int(text[4:14].translate(TO_BASE_32), 32) for text in made] == [1767225600000, 1767225600001]


@pytest.mark.django_db
def test_public_id_field_fills_on_first_save_and_keeps_its_value() -> None:
    brand = make_brand()
    first = brand.public_id

    brand.name = "Renamed"
    brand.save()

    brand.refresh_from_db()
    assert first.startswith("brand_")
    assert brand.public_id == first


@pytest.mark.django_db
def test_public_id_field_given_value_is_kept() -> None:
    assert make_brand(public_id="brand_given").public_id == "brand_given"


def test_public_id_field_deconstructs_with_its_prefix() -> None:
    _, path, args, kwargs = PublicIdField(prefix="cus").deconstruct()

    assert path == "apps.core.public_ids.PublicIdField"
    assert args == []
    assert kwargs == {"prefix": "cus", "max_length": 40, "unique": True, "editable": False}
