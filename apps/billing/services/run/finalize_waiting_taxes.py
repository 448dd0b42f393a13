from __future__ import annotations

from functools import partial

from django.db import transaction
from django.db.models import Q, QuerySet

from apps.audit.models import Event
from apps.audit.selectors import last_seq, sealed_events
from apps.audit.services.read_outbox import advance, hold_position
from apps.billing.selectors import waiting_for_tax
from apps.billing.services.run.finalize_due import finalize_asked
from apps.billing.services.run.run_apart import run_apart
from apps.customers.selectors import now_for
from apps.invoices.models import Invoice

READER = "billing.taxes"
# Of these, only changes of the named fields can give an answer; of all others any event.
CUSTOMER_FIELDS = frozenset(
    {"address_lines", "city", "country", "postal_code", "region", "tax_exempt", "tax_id"}
)
BRAND_FIELDS = frozenset({"country", "default_time_zone", "tax_engine", "tax_id"})
OF_BRAND = frozenset({"tax_registration.created", "tax_registration.changed"})
OF_ALL = frozenset({"tax_rate.set", "tax_rate.ended"})
NAMES = frozenset({"customer.updated", "tax_id.checked", "brand.updated"}) | OF_BRAND | OF_ALL


def finalize_waiting_taxes() -> int:
    """Finalise again the drafts whose tax had no answer and that something has happened to since.

    What can give an answer: another address, tax id or exemption of the customer, an answer about the id, a
    registration, a rate, another engine. How many drafts were tried; one without an answer waits on. Each
    draft is finalised in its customer's time, in a transaction of its own, so this runs outside of any. An
    event that is missed costs a day: that often the drafts are tried by themselves.
    """
    tried = 0
    for invoice in _concerned():
        customer = invoice.customer
        at = now_for(customer)
        work = partial(finalize_asked, invoice_id=invoice.pk, at=at)
        tried += run_apart(work, customer_id=customer.pk, at=at)
    return tried


@transaction.atomic
def _concerned() -> list[Invoice]:
    """The waiting drafts that events since the last look are about. Another process that looks gets none."""
    position = hold_position(reader=READER)
    newest = last_seq()
    if position is None or newest <= position:
        return []
    drafts = _tried_before()
    found: list[Invoice] = []
    if drafts.exists():
        events = sealed_events(names=NAMES, up_to=newest).filter(seq__gt=position)
        about = [condition for seal in events if (condition := _about(seal.event)) is not None]
        if about:
            found = list(drafts.filter(_any(about)).order_by("pk"))
    advance(reader=READER, seq=newest)
    return found


def _tried_before() -> QuerySet[Invoice]:
    """A draft that waits for late usage, too, is not finalised before its time."""
    drafts = waiting_for_tax().filter(tax_facts__has_key="waiting_since")
    return drafts.select_related("customer__test_clock", "customer__brand")


def _about(event: Event) -> Q | None:
    """Which drafts an event may give an answer to; None when it cannot."""
    changed = set(event.data.get("changed", ()))
    if event.name in OF_ALL:
        return Q()
    if event.name in OF_BRAND or (event.name == "brand.updated" and changed & BRAND_FIELDS):
        return Q(brand_id=event.brand_id)
    if event.name == "tax_id.checked" or (event.name == "customer.updated" and changed & CUSTOMER_FIELDS):
        return Q(customer_id=event.customer_id)
    return None


def _any(conditions: list[Q]) -> Q:
    if Q() in conditions:
        return Q()
    combined = conditions[0]
    for condition in conditions[1:]:
        combined |= condition
    return combined
