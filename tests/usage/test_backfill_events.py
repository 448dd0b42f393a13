from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from apps.audit.models import Event as AuditEvent
from apps.core.errors import InvalidInput
from apps.plans.models import Meter
from apps.usage.correction import Backfill, BackfillEvent
from apps.usage.enums import BackfillMode
from apps.usage.errors import BackfillTooLarge, MeterNotFound
from apps.usage.models import Event, EventClaim, EventRevision
from apps.usage.selectors import meter_value
from apps.usage.services import backfill_events as module
from apps.usage.services.backfill_events import backfill_events
from tests.factories.customers import make_customer
from tests.factories.plans import make_meter
from tests.factories.usage import NOW, make_event, send, statuses

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)
REPLACE = BackfillMode.REPLACE


def given(n, *, id, **overrides) -> BackfillEvent:
    return BackfillEvent(**{"id": id, "timestamp": NOW - DAY, "properties": {"n": n}} | overrides)


def backfill(customer, *events, **overrides):
    values = {
        "customer": customer.public_id,
        "event": "call",
        "starts_at": NOW - 2 * DAY,
        "ends_at": NOW,
        "events": list(events),
        "dry_run": False,
    }
    return backfill_events(
        customer=customer, backfill=Backfill(**values | overrides), at=NOW, received_at=NOW
    )


def total(customer, meter) -> Decimal:
    return meter_value(meter=meter, customer_id=customer.pk, starts_at=NOW - 90 * DAY, ends_at=NOW + DAY)


@pytest.fixture
def meter() -> Meter:
    return make_meter(event_name="call", aggregation="sum", value_property="n")


@pytest.fixture
def customer():
    """One with 1 and 2 in the window, 4 at its end, and 8 before it."""
    customer = make_customer()
    at = {"a": NOW - DAY, "b": NOW - 2 * DAY, "at the end": NOW, "before": NOW - 3 * DAY}
    send(
        customer,
        *[
            make_event(customer, id=name, timestamp=timestamp, properties={"n": n})
            for (name, timestamp), n in zip(at.items(), (1, 2, 4, 8), strict=True)
        ],
    )
    return customer


def test_dry_run_shows_the_difference_of_each_meter_and_stores_nothing(customer, meter):
    counting = make_meter(event_name="call", aggregation="count")
    make_meter(event_name="login", aggregation="count")

    done = backfill(customer, given(100, id="new"), mode=REPLACE, dry_run=True)

    differences = {one.meter.pk: (one.before, one.after) for one in done.meters}
    assert differences == {meter.pk: (3, 100), counting.pk: (2, 1)}
    assert (done.dry_run, done.voided, statuses(done.answers)) == (True, 2, ["accepted"])
    assert (Event.objects.count(), EventClaim.objects.count()) == (4, 4)
    assert not EventRevision.objects.exists()
    assert not AuditEvent.objects.filter(name="usage.backfilled").exists()


def test_replace_voids_the_window_only_and_keeps_what_is_given_again(customer, meter):
    done = backfill(customer, given(1, id="a"), given(100, id="new"), mode=REPLACE)

    assert (done.voided, statuses(done.answers)) == (1, ["duplicate", "accepted"])
    assert total(customer, meter) == 1 + 100 + 4 + 8
    assert AuditEvent.objects.get(name="usage.backfilled").data == {
        "event": "call",
        "mode": "replace",
        "starts_at": "2026-11-20T12:00:00+00:00",
        "ends_at": "2026-11-22T12:00:00+00:00",
        "accepted": 1,
        "amended": 0,
        "voided": 1,
    }


def test_replace_amends_known_ids_and_revives_voided_ones(customer, meter):
    backfill(customer, mode=REPLACE)
    emptied = total(customer, meter)

    done = backfill(customer, given(1, id="a"), given(50, id="before"), mode=REPLACE)

    assert emptied == 4 + 8
    assert statuses(done.answers) == ["amended", "amended"]
    assert total(customer, meter) == 1 + 50 + 4


def test_replace_twice_is_the_same_as_once(customer, meter):
    events = [given(10, id="x"), given(20, id="y", timestamp=NOW - 2 * DAY)]
    backfill(customer, *events, mode=REPLACE)
    stored = Event.objects.count(), EventRevision.objects.count()

    again = backfill(customer, *events, mode=REPLACE)

    assert (again.voided, statuses(again.answers)) == (0, ["duplicate", "duplicate"])
    assert (Event.objects.count(), EventRevision.objects.count()) == stored
    assert total(customer, meter) == 30 + 4 + 8


def test_add_stores_beside_what_is_there_and_names_conflicts(customer, meter):
    done = backfill(
        customer, given(100, id="new"), given(1, id="a"), given(9, id="b"), event=None, meter=meter.code
    )

    assert statuses(done.answers) == ["accepted", "duplicate", "conflict"]
    assert (done.voided, total(customer, meter)) == (0, 115)


def test_replace_leaves_other_customers_and_names_alone(customer, meter):
    other = make_customer(brand=customer.brand)
    send(other, make_event(other, timestamp=NOW - DAY, properties={"n": 7}))
    send(customer, make_event(customer, "login", timestamp=NOW - DAY))

    done = backfill(customer, mode=REPLACE)

    assert done.voided == 2
    assert total(other, meter) == 7
    assert EventRevision.objects.filter(superseded_name="login").count() == 0


@pytest.mark.parametrize(
    ("overrides", "field"),
    [
        ({"meter": "calls"}, "event"),
        ({"event": None}, "event"),
        ({"ends_at": NOW - 2 * DAY}, "ends_at"),
        ({"ends_at": NOW + 400 * DAY}, "ends_at"),
    ],
)
def test_a_backfill_that_makes_no_sense_is_refused(customer, overrides, field):
    with pytest.raises(InvalidInput) as refused:
        backfill(customer, **overrides)

    assert refused.value.field == field


def test_one_bad_event_refuses_the_whole_backfill(customer, meter):
    outside = given(1, id="outside", timestamp=NOW)
    unstorable = given("\0", id="unstorable")

    for bad, code in ((outside, "outside_window"), (unstorable, "invalid")):
        with pytest.raises(InvalidInput) as refused:
            backfill(customer, given(1, id="good"), bad, mode=REPLACE)
        assert [(error.field[:9], error.code) for error in refused.value.errors] == [("events[1]", code)]

    assert (total(customer, meter), Event.objects.count()) == (15, 4)


def test_a_window_with_too_many_events_is_refused(customer, meter, monkeypatch):
    monkeypatch.setattr(module, "MAX_REPLACED", 1)

    with pytest.raises(BackfillTooLarge):
        backfill(customer, mode=REPLACE)

    assert total(customer, meter) == 15


def test_an_unknown_meter_is_refused(customer):
    with pytest.raises(MeterNotFound):
        backfill(customer, event=None, meter="nothing")
