from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from apps.usage.identity import EventRefused, canonical_json, claim_id, content_hash, rfc3339

UUID7 = "01938b8f-5c00-7abc-8def-0123456789ab"


def claim(**overrides: object) -> str:
    values = {"brand_id": 1, "livemode": False, "source": "api", "event_id": "e1"}
    return claim_id(**values | overrides)


def test_claim_id_of_the_same_parts_never_changes():
    # Pinned: another value would let every stored event be stored again.
    assert claim() == "c0940411d6572e7d5b6880de921872e5"
    assert claim(event_id=UUID7) == "01938b8f5c00a70552de11579e3ded29"


@pytest.mark.parametrize(
    "other", [{"brand_id": 2}, {"livemode": True}, {"source": "app"}, {"event_id": "e2"}]
)
def test_claim_id_of_another_part_is_another(other):
    assert claim(**other) != claim()


@pytest.mark.parametrize("other", [{"brand_id": 2}, {"livemode": True}, {"source": "app"}])
def test_claim_id_of_a_uuid7_still_depends_on_every_part(other):
    assert claim(event_id=UUID7, **other) != claim(event_id=UUID7)


def test_claim_id_parts_cannot_run_into_each_other():
    assert claim(source="a", event_id="b:c") != claim(source="a:b", event_id="c")


def test_claim_id_of_uuid7_sorts_by_its_time():
    earlier, later = claim(event_id=UUID7), claim(event_id=UUID7.replace("01938b8f", "01938b90"))

    assert earlier < later
    assert claim(event_id=UUID7.upper()) != earlier


def test_content_hash_never_changes():
    hashed = content_hash(customer_id=7, name="call", sent="2026-11-22T12:00:00Z", properties=b"{}")

    assert hashed == "9135bb7d72b36b5f655ba969c68127f7"


def test_canonical_json_sorts_keys_and_keeps_digits():
    assert (
        canonical_json({"b": Decimal("0.10"), "a": {"d": 1, "c": None}}) == b'{"a":{"c":null,"d":1},"b":0.10}'
    )


@pytest.mark.parametrize(
    "properties",
    [{"a": "x\0y"}, {"x\0y": 1}, {"a": [Decimal("1E+301")]}, {"a": Decimal("1E-301")}, {"a": object()}],
)
def test_canonical_json_of_what_cannot_be_stored_is_refused(properties):
    with pytest.raises(EventRefused) as refusal:
        canonical_json(properties)

    assert refusal.value.fault.field == "properties"


def test_canonical_json_takes_texts_that_only_look_dangerous():
    assert canonical_json({"a": "1E+999", "b": "\\u0000"}) == b'{"a":"1E+999","b":"\\\\u0000"}'


def test_rfc3339_writes_utc_with_a_z():
    assert rfc3339(datetime(2026, 11, 22, 12, 0, 0, 120, tzinfo=UTC)) == "2026-11-22T12:00:00.000120Z"


def test_claim_id_with_a_timestamp_never_changes_and_is_nobody_elses():
    # Pinned, as above.
    with_time = claim(sent="2026-11-22T12:00:00Z")

    assert with_time == "9f86235346d3ef495daf33b5c7653180"
    others = {
        claim(),
        claim(sent=""),
        claim(sent="2026-11-22T12:00:01Z"),
        claim(event_id="e12026-11-22T12:00:00Z"),
    }
    assert len(others - {with_time}) == 4
    assert claim(event_id=UUID7, sent="").startswith("01938b8f5c00")
