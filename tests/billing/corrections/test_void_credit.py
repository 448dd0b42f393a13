from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import pytest
from django.db import connection, transaction

from apps.billing.services.collection.move_case import lock_customer
from apps.billing.services.corrections.credit_invoice import credit_invoice
from apps.billing.services.corrections.void_credit import void_credit
from apps.invoices.enums import CreditNoteStatus, CreditReason, Disposition
from apps.invoices.models import CreditNote, Invoice
from apps.invoices.services.plan_credit import CreditItem
from apps.wallets.selectors import balance_of
from tests.factories.billing import STARTED_AT, subscribe_to

pytestmark = pytest.mark.real_commits


def test_void_waits_for_the_customer_before_it_takes_the_invoice() -> None:
    (invoice,) = subscribe_to().invoices
    note = credit_invoice(
        invoice_id=invoice.pk,
        items=[CreditItem(invoice.lines.get().pk, amount_minor=500)],
        reason=CreditReason.OTHER,
        disposition=Disposition.BALANCE,
        at=STARTED_AT,
    )
    assert note is not None

    def void() -> CreditNote:
        with closing(connection):
            return void_credit(credit_note_id=note.pk, reason="Wrong line", at=STARTED_AT)

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            lock_customer(customer_id=invoice.customer_id)
            voiding = pool.submit(void)
            with pytest.raises(TimeoutError):
                voiding.result(0.5)
            # Refused at once where somebody holds it.
            Invoice.objects.select_for_update(nowait=True).get(pk=invoice.pk)
        voided = voiding.result(30)

    assert voided.status == CreditNoteStatus.VOID
    assert balance_of(invoice.customer_id, "EUR") == 0
