from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from apps.audit.models import Event as AuditEvent
from apps.core.errors import InvalidInput
from apps.customers.errors import CustomerNotFound
from apps.plans.models import Meter
from apps.usage.correction import EventReference
from apps.usage.enums import CorrectionOutcome
from apps.usage.errors import EventNotFound
from apps.usage.models import Event, EventRevision
from apps.usage.selectors import meter_value
from apps.usage.services.amend_event import amend_event
from apps.usage.services.void_event import void_event
from tests.factories.customers import make_brand, make_customer
from tests.factories.usage import NOW, make_event, send

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)
SUM = Meter(event_name="call", aggregation="sum", value_property="n")


def amend(customer, n, **overrides) -> CorrectionOutcome:
    event = make_event(customer, **{"id": "e1", "properties": {"n": n}} | overrides)
    return amend_event(brand_id=customer.brand_id, livemode=False, event=event, received_at=NOW)


def void(customer, **overrides) -> CorrectionOutcome:
    event = EventReference(**{"id": "e1"} | overrides)
    return void_event(brand_id=customer.brand_id, livemode=False, event=event, received_at=NOW)


def total(customer) -> Decimal:
    return meter_value(meter=SUM, customer_id=customer.pk, starts_at=NOW - 90 * DAY, ends_at=NOW + DAY)


def test_amend_lets_an_event_of_any_source_say_something_else():
    customer = make_customer()
    send(customer, make_event(customer, id="e1", properties={"n": 5}))

    outcome = amend(customer, 7)

    assert (outcome, total(customer)) == ("amended", 7)
    audited = AuditEvent.objects.get(name="usage.amended")
    assert audited.subject_id == customer.public_id
    assert audited.data == {"event": "call", "source": "api", "id": "e1", "revision": 1}


def test_amend_to_what_the_event_says_changes_nothing():
    customer = make_customer()
    send(customer, make_event(customer, id="e1", properties={"n": 5}))

    assert amend(customer, 5) == "unchanged"
    assert not EventRevision.objects.exists()
    assert not AuditEvent.objects.filter(name="usage.amended").exists()


def test_amend_without_timestamp_leaves_the_event_where_it_is():
    customer = make_customer()
    send(customer, make_event(customer, id="e1", timestamp=NOW - 40 * DAY, properties={"n": 5}))

    amend(customer, 7, timestamp=None)

    newest = Event.objects.get(revision=1)
    assert (newest.timestamp, newest.properties) == (NOW - 40 * DAY, {"n": 7})


def test_amend_counts_a_voided_event_again():
    customer = make_customer()
    send(customer, make_event(customer, id="e1", properties={"n": 5}))

    steps = [void(customer), total(customer), amend(customer, 5), total(customer)]

    assert steps == ["voided", 0, "amended", 5]
    assert [row.voided for row in EventRevision.objects.order_by("revision")] == [True, False]


@pytest.mark.parametrize("overrides", [{"id": "e2"}, {"source": "erp"}], ids=["another id", "another source"])
def test_amend_of_what_nobody_sent_is_refused(overrides):
    customer = make_customer()
    send(customer, make_event(customer, id="e1", properties={"n": 5}))

    with pytest.raises(EventNotFound):
        amend(customer, 7, **overrides)
    with pytest.raises(EventNotFound):
        void(customer, **overrides)
    assert total(customer) == 5


def test_amend_of_another_brands_event_finds_nothing():
    customer, stranger = make_customer(), make_customer(brand=make_brand())
    send(customer, make_event(customer, id="e1", properties={"n": 5}))

    with pytest.raises(EventNotFound):
        amend(stranger, 7)
    with pytest.raises(EventNotFound):
        void(stranger)
    assert total(customer) == 5


def test_amend_to_an_unknown_customer_or_a_bad_time_is_refused():
    customer = make_customer()
    send(customer, make_event(customer, id="e1", properties={"n": 5}))
    unknown = make_event("nobody", id="e1")

    with pytest.raises(CustomerNotFound):
        amend_event(brand_id=customer.brand_id, livemode=False, event=unknown, received_at=NOW)
    with pytest.raises(InvalidInput) as refused:
        amend(customer, 7, timestamp=NOW + DAY)
    with pytest.raises(InvalidInput):
        amend(customer, 7, name="")

    assert refused.value.errors[0].code == "timestamp_in_future"
    assert total(customer) == 5


def test_void_counts_for_nothing_and_is_recorded_once():
    customer = make_customer()
    send(customer, make_event(customer, id="e1", properties={"n": 5}), make_event(customer, id="e2"))

    outcomes = [void(customer), void(customer)]

    assert outcomes == ["voided", "unchanged"]
    assert total(customer) == 0
    audited = AuditEvent.objects.get(name="usage.voided")
    assert (audited.subject_id, audited.customer_id) == (customer.public_id, customer.pk)
    assert audited.data == {"event": "call", "source": "api", "id": "e1", "revision": 1}


def test_void_needs_the_timestamp_where_it_is_part_of_the_identity():
    customer = make_customer(brand=make_brand(event_identity="id_and_timestamp"))
    events = [
        make_event(customer, id="e1", timestamp=NOW - n * DAY, properties={"n": 5 + n}) for n in range(2)
    ]
    send(customer, *events)

    with pytest.raises(EventNotFound):
        void(customer)
    assert void(customer, timestamp=NOW - DAY) == "voided"
    assert total(customer) == 5


def test_a_value_below_a_watermark_does_not_see_a_later_void():
    customer = make_customer()
    send(customer, make_event(customer, id="e1", properties={"n": 5}))
    stored = Event.objects.get().transaction_id

    # A test is one transaction: below the next number everything of it is seen, below its own nothing is.
    void(customer)

    window = {"meter": SUM, "customer_id": customer.pk, "starts_at": NOW - DAY, "ends_at": NOW + DAY}
    assert meter_value(**window, below_transaction=stored + 1) == 0
    assert meter_value(**window, below_transaction=stored) == 0
