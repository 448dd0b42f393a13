"""Reads for intake and corrections: whose events they are, what tells them apart, and what came late."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import Count, Expression, F, IntegerField, QuerySet, Subquery
from django.db.models.functions import Coalesce

from apps.accounts.enums import EventIdentity
from apps.accounts.models import Brand
from apps.customers.enums import TestClockStatus
from apps.usage.aggregation import Window, current_revision
from apps.usage.models import Event, FixedEventIdentity


@dataclass(frozen=True, slots=True)
class KnownCustomer:
    """A customer that events name, what time it is there (UTC), and by what its brand tells events apart.

    `is_fixed` once the brand has an event: from then on the identity cannot change.
    """

    id: int
    now_at: datetime
    identity: EventIdentity
    is_fixed: bool


def customers_by_reference(
    *, brand_id: int, livemode: bool, references: Collection[str], received_at: datetime
) -> dict[str, KnownCustomer]:
    """The customers behind public or external ids, in one query; a reference that means nobody is absent.

    `received_at` is the present of every customer without a running test clock. A public id comes first where
    somebody's external id looks the same.
    """
    if not references:
        return {}
    asked = "\n".join(sorted(reference for reference in references if "\n" not in reference))
    with connection.cursor() as cursor:
        cursor.execute(_CUSTOMERS, [brand_id, livemode, asked] * 2)
        rows = cursor.fetchall()
    return {
        reference: KnownCustomer(
            pk, received_at if clock_at is None else clock_at, EventIdentity(fixed or chosen), bool(fixed)
        )
        for reference, pk, clock_at, fixed, chosen in rows
    }


_CUSTOMER = f"""
SELECT {{reference}}, customer.id, clock.now_at, fixed.identity, brand.event_identity
FROM customers_customer AS customer
JOIN accounts_brand AS brand ON brand.id = customer.brand_id
LEFT JOIN usage_event_identity AS fixed ON fixed.brand_id = customer.brand_id
LEFT JOIN customers_testclock AS clock
    ON clock.id = test_clock_id AND clock.status <> '{TestClockStatus.RELEASED}'
WHERE customer.brand_id = %s AND customer.livemode = %s
    AND {{reference}} = ANY(string_to_array(%s, E'\\n'))
"""  # noqa: S608 - the names in it are constants
# Two lookups by index, not one with OR; the later rows, by public id, win. One text joined by line breaks is
# several times as fast as a list of parameters.
_CUSTOMERS = (
    _CUSTOMER.format(reference="customer.external_id")
    + "UNION ALL"
    + _CUSTOMER.format(reference="customer.public_id")
)


def fixed_identity(brand_id: int) -> EventIdentity | None:
    """By what the brand's events are told apart for ever; None before its first event."""
    found = FixedEventIdentity.objects.filter(pk=brand_id).first()
    return None if found is None else EventIdentity(found.identity)


def event_identity(brand_id: int) -> EventIdentity:
    """By what the brand's events are told apart; before its first event this may still change."""
    chosen = Brand.objects.values_list("event_identity", flat=True).get(pk=brand_id)
    return fixed_identity(brand_id) or EventIdentity(chosen)


def amending_sources(brand_id: int) -> frozenset[str]:
    """The sources whose repeated id with other content is an amendment."""
    return frozenset(Brand.objects.values_list("amending_sources", flat=True).get(pk=brand_id))


def late_changes(
    *, customer_id: int, name: str, starts_at: datetime, ends_at: datetime, since_transaction: int
) -> bool:
    """Whether a reading of [starts_at, ends_at) below `since_transaction` may be out of date by now.

    True when an event of this name was stored, amended or voided there by that transaction or a later one,
    also when the amendment moved it to another window, name or customer. Something added and voided since
    says True as well: rate again, and find no difference.
    """
    with connection.cursor() as cursor:
        cursor.execute(_LATE_CHANGES, [customer_id, name, starts_at, ends_at, since_transaction] * 2)
        return bool(cursor.fetchone()[0])


def arrivals_since(*, customer: F, names: QuerySet[Any, Any], transaction: F) -> Expression:
    """How many events of these names a customer's transactions from one on have stored: a subquery, for
    references to the columns of an outer one. Amended events count again, voided ones are not looked at."""
    events = Event.objects.filter(customer_id=customer, name__in=names, transaction_id__gte=transaction)
    counted = events.order_by().values("customer_id").annotate(number=Count("*")).values("number")
    return Coalesce(Subquery(counted, output_field=IntegerField()), 0)


_LATE_CHANGES = """
SELECT EXISTS (
    SELECT 1 FROM usage_event WHERE customer_id = %s AND name = %s
        AND "timestamp" >= %s AND "timestamp" < %s AND transaction_id >= %s
) OR EXISTS (
    SELECT 1 FROM usage_event_revision WHERE superseded_customer_id = %s AND superseded_name = %s
        AND superseded_timestamp >= %s AND superseded_timestamp < %s AND transaction_id >= %s
)
"""


def current_claims(
    *, customer_id: int, name: str, starts_at: datetime, ends_at: datetime, limit: int
) -> list[str]:
    """The claims of the events that count in [starts_at, ends_at), at most `limit` of them, in no order."""
    condition = current_revision(Window(customer_id, starts_at, ends_at), name)
    with connection.cursor() as cursor:
        cursor.execute(
            f"{_IN_WINDOW} {condition.text} LIMIT %s",
            [customer_id, name, starts_at, ends_at, *condition.parameters, limit],
        )
        return [claim for (claim,) in cursor.fetchall()]


_IN_WINDOW = """
SELECT replace(claim_id::text, '-', '') FROM usage_event
WHERE customer_id = %s AND name = %s AND "timestamp" >= %s AND "timestamp" < %s AND
"""
