from __future__ import annotations

from datetime import datetime

from django.db import transaction

from apps.invoices.enums import InvoiceStatus, TaxStatus
from apps.invoices.models import Invoice
from apps.invoices.tax_answers import answer_to_json, asked_about, tax_request
from apps.taxes.engines.registry import engine_named
from apps.taxes.engines.tax_points import ask_by_tax_point
from apps.taxes.errors import TaxUnanswered


def ask_tax(*, invoice_id: int, at: datetime) -> None:
    """Ask the brand's tax service about a draft that waits for it, and keep the answer on the draft.

    Calls the network, once for each tax point of the lines, so it runs outside any transaction. Nothing to do
    for a brand whose rates are in its own tables. Without an answer to all of it the draft keeps the reason,
    and is asked about again.
    """
    invoice = Invoice.objects.select_related("customer__brand").get(pk=invoice_id)
    engine = engine_named(invoice.customer.brand.tax_engine)
    if not engine.is_remote or invoice.tax_status != TaxStatus.WAITING:
        return
    request = tax_request(invoice, list(invoice.lines.all()), at)
    try:
        facts = {"answer": answer_to_json(request, ask_by_tax_point(engine, request))}
    except TaxUnanswered as unanswered:
        facts = {"refusal": {"asked_about": asked_about(request), "problem": unanswered.message}}
    with transaction.atomic():
        held = Invoice.objects.select_for_update(of=("self",)).get(pk=invoice_id)
        if held.status == InvoiceStatus.DRAFT:
            held.tax_facts = _without_words(held.tax_facts) | facts
            held.save(update_fields=["tax_facts"])


def _without_words(facts: dict[str, object]) -> dict[str, object]:
    return {key: value for key, value in facts.items() if key not in ("answer", "refusal")}
