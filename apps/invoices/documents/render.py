"""PDF/A-3b documents by Typst: no network, no fonts of the machine, the same bytes for the same snapshot."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, time
from functools import lru_cache
from pathlib import Path
from typing import Final

import typst

from apps.invoices.documents.content import Snapshot, document_content
from apps.invoices.documents.facturx import declare_facturx
from apps.invoices.documents.glyphs import FONT_FOLDER

TEMPLATE = Path(__file__).parent / "document.typ"
PDF_STANDARD: Final = "a-3b"


class DocumentNotRendered(RuntimeError):
    """The template or the fonts are broken: a fault of the installation, never of the snapshot."""


def render_invoice_pdf(snapshot: Snapshot, *, einvoice: bytes = b"") -> bytes:
    """Return the invoice, or the credit note when the snapshot's kind says so, as PDF/A-3b.

    With `einvoice`, the same document as CII, it is a Factur-X file: people read it, and machines do.
    """
    kind = "credit_note" if snapshot["kind"] == "credit_note" else "invoice"
    pdf = _render(snapshot, kind=kind, einvoice=einvoice)
    return declare_facturx(pdf) if einvoice else pdf


def render_receipt_pdf(snapshot: Snapshot) -> bytes:
    """Return the receipt of a paid invoice: what was paid, when and how, and for which lines."""
    return _render(snapshot, kind="receipt")


def _render(snapshot: Snapshot, *, kind: str, einvoice: bytes = b"") -> bytes:
    compiler = typst.Compiler(input=TEMPLATE, root=TEMPLATE.parent, font_paths=_fonts())
    content = json.dumps(document_content(snapshot, kind=kind), ensure_ascii=False, sort_keys=True)
    pdf, warnings = compiler.compile_with_warnings(
        format="pdf",
        sys_inputs={"content": content, "einvoice": einvoice.decode()},
        pdf_standards=PDF_STANDARD,
        timestamp=_made_at(snapshot),
    )
    # Without its fonts the compiler only warns, and gives a page without text: that must never be kept.
    if warnings or not isinstance(pdf, bytes):
        raise DocumentNotRendered("; ".join(warning.message for warning in warnings))
    return pdf


def _made_at(snapshot: Snapshot) -> datetime:
    """Date the file by the snapshot, never by the clock: a later first read must give the same bytes."""
    issued_on = snapshot.get("issued_on")
    day = date.fromisoformat(issued_on[:10]) if issued_on else date(1970, 1, 1)
    return datetime.combine(day, time.min, UTC)


@lru_cache(maxsize=1)
def _fonts() -> typst.Fonts:
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[FONT_FOLDER])
