"""What a document has to say about its tax, in the reader's language."""

from __future__ import annotations

from typing import Any

from django.utils.translation import get_language

from apps.core.formatting import FALLBACK_LOCALE
from apps.invoices.documents.legal_notes import tax_note
from apps.invoices.models import CreditNote, Invoice


def tax_notes(document: Invoice | CreditNote) -> list[str]:
    """Why a document carries no tax, or less: each text once, as its PDF prints it."""
    about = {"locale": get_language() or FALLBACK_LOCALE, "buyer": document.buyer}
    found = (tax_note({"note": row.note, "category": row.category}, about) for row in document.taxes.all())
    return list(dict.fromkeys(text for text in found if text))


def local_tax_of(invoice: Invoice) -> dict[str, Any]:
    """The tax in the currency of the place, where the law asks for it; empty elsewhere."""
    local = invoice.tax_facts.get("local") or {}
    return local if local and local["currency"] != invoice.currency else {}
