from __future__ import annotations

from datetime import datetime

from django.db import transaction

from apps.audit.services.record import record_event
from apps.core import clock
from apps.customers.models import Customer
from apps.taxes.enums import OPEN, CheckSource, CheckStatus, IdKind
from apps.taxes.errors import TaxIdUncheckable
from apps.taxes.id_services.registry import register_of
from apps.taxes.models import TaxIdCheck
from apps.taxes.selectors import checks_of
from apps.taxes.tax_ids import TaxId, read_tax_id


@transaction.atomic
def open_tax_id_check(*, customer_id: int, at: datetime) -> TaxIdCheck:
    """Ask whether a customer's tax id is good; one open question at a time.

    A wrong form is an answer at once, and so is a right one where no register is asked, and an id of a kind
    that nobody checks. Else the question is due at `at` (the customer's time), and `ask_register` puts it.
    Nothing is called here.

    Raises:
        TaxIdUncheckable: the customer has no tax id (409).
    """
    customer = Customer.objects.select_for_update(of=("self",), no_key=True).get(pk=customer_id)
    if not customer.tax_id:
        raise TaxIdUncheckable("The customer has no tax id.", field="tax_id")
    known = checks_of(customer).filter(status__in=OPEN).first()
    if known is not None:
        known.next_ask_at = at
        known.save(update_fields=["next_ask_at"])
        return known
    made = _new(customer, read_tax_id(customer.tax_id, customer.country), at)
    made.save()
    if made.status not in OPEN:
        record_answer(made, at)
    return made


def _new(customer: Customer, tax_id: TaxId, at: datetime) -> TaxIdCheck:
    check = TaxIdCheck(
        customer=customer,
        tax_id=customer.tax_id,
        customer_country=customer.country,
        number=tax_id.number,
        country=tax_id.country,
        kind=tax_id.kind,
        opened_at=at,
    )
    if tax_id.is_well_formed and register_of(tax_id.kind) is not None:
        check.next_ask_at = at
        return check
    if tax_id.kind == IdKind.OTHER:
        check.status = CheckStatus.UNCHECKABLE
    else:
        check.status = CheckStatus.VALID if tax_id.is_well_formed else CheckStatus.INVALID
        check.source = CheckSource.SYNTAX
    # Real time: when the world was looked at, not the customer's clock.
    check.answered_at = clock.now()
    return check


def record_answer(check: TaxIdCheck, at: datetime) -> None:
    """Tell the log what is known of an id; the number itself is personal data and stays out of it."""
    record_event(
        name="tax_id.checked",
        subject=check,
        at=at,
        data={"status": str(check.status), "source": str(check.source), "country": check.country},
        brand_id=check.customer.brand_id,
        livemode=check.customer.livemode,
    )
