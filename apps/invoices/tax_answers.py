"""What a tax service over the network said of a draft, kept on it until it is issued."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from apps.invoices.enums import LineKind
from apps.invoices.models import Invoice, InvoiceLine
from apps.taxes.engines.protocol import TaxAnswer, TaxRequest, TaxRequestLine
from apps.taxes.treatment import AppliedRate, Treatment


def tax_request(invoice: Invoice, lines: Sequence[InvoiceLine], at: datetime) -> TaxRequest:
    """What is asked of a completed draft; lines that take back follow what they take back from."""
    return TaxRequest(
        brand=invoice.customer.brand,
        customer=invoice.customer,
        currency=invoice.currency,
        lines=[
            TaxRequestLine(
                line.public_id,
                max(line.amount_minor - line.discount_minor - line.progressive_minor, 0),
                line.tax_code,
                line.tax_included,
                tax_point(line, at),
            )
            for line in lines
            if is_taxed_itself(line)
        ],
        at=at,
    )


def is_taxed_itself(line: InvoiceLine) -> bool:
    """Whether a line's tax is to be found: not of one that takes another back, nor of what is only money."""
    return line.credits_line_id is None and line.kind != LineKind.TOP_UP


def tax_point(line: InvoiceLine, at: datetime) -> datetime:
    """When the tax of a line became due, for an invoice of `at` (UTC): the last instant of a period that is
    over, whatever the rate is by now; else `at` (VAT Directive 2006/112, articles 64 and 65).
    """
    ends_at = line.period_ends_at
    return ends_at - timedelta(microseconds=1) if ends_at is not None and ends_at <= at else at


def asked_about(request: TaxRequest) -> str:
    """A digest of all that an answer depends on: another amount, code, place or day is another question."""
    customer = request.customer
    place = [
        customer.country,
        customer.region,
        customer.postal_code,
        customer.city,
        customer.tax_id,
        customer.tax_exempt,
    ]
    lines = [
        [
            line.reference,
            line.amount_minor,
            line.tax_code,
            line.tax_included,
            (line.tax_point or request.at).date().isoformat(),
        ]
        for line in request.lines
    ]
    told = json.dumps([request.currency, request.at.date().isoformat(), place, lines], sort_keys=True)
    return hashlib.sha256(told.encode()).hexdigest()


def answer_to_json(request: TaxRequest, answer: TaxAnswer) -> dict[str, Any]:
    """An answer as `Invoice.tax_facts["answer"]` keeps it."""
    return {
        "asked_about": asked_about(request),
        "reference": answer.reference,
        "treatments": [
            {
                "category": treatment.category,
                "note": treatment.note,
                "registration": treatment.registration,
                "rates": [
                    [rate.name, rate.jurisdiction, str(rate.percent), rate.kind] for rate in treatment.rates
                ],
            }
            for treatment in answer.treatments
        ],
    }


def kept_answer(invoice: Invoice, request: TaxRequest) -> list[Treatment] | None:
    """The treatments that answer just this question; None where it was not asked, or has moved on."""
    kept = invoice.tax_facts.get("answer")
    if kept is None or kept["asked_about"] != asked_about(request):
        return None
    return [
        Treatment(
            each["category"],
            tuple(AppliedRate(name, place, Decimal(p), kind) for name, place, p, kind in each["rates"]),
            each["note"],
            each["registration"],
        )
        for each in kept["treatments"]
    ]
