"""Closing a period while another transaction is still storing events for it."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from django.db import connection, transaction

from apps.plans.models import Meter
from apps.usage.selectors import current_watermark, meter_value
from tests.factories.customers import make_customer
from tests.factories.usage import NOW, make_event, send

pytestmark = pytest.mark.real_commits


def value_below(customer, watermark):
    counting = Meter(event_name="call", aggregation="count")
    return meter_value(
        meter=counting,
        customer_id=customer.pk,
        starts_at=NOW - timedelta(days=1),
        ends_at=NOW + timedelta(days=1),
        below_transaction=watermark,
    )


def test_a_value_below_the_watermark_never_changes():
    customer = make_customer()
    send(customer, make_event(customer))
    stored, commit = threading.Event(), threading.Event()

    def store_slowly():
        with transaction.atomic():
            send(customer, make_event(customer))
            stored.set()
            commit.wait(10)
        connection.close()

    slow = threading.Thread(target=store_slowly)
    slow.start()
    assert stored.wait(10)
    send(customer, make_event(customer))
    watermark = current_watermark()
    closed_with = value_below(customer, watermark)
    commit.set()
    slow.join()

    # The slow event commits after the reading, and began before the third: neither slips in underneath.
    assert closed_with == value_below(customer, watermark)
    assert value_below(customer, None) == 3
    assert closed_with <= 1
