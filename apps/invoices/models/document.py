from __future__ import annotations

from typing import ClassVar

from django.db import models

from apps.invoices.enums import DocumentKind
from apps.invoices.models.credit_note import CreditNote
from apps.invoices.models.invoice import Invoice


class KeptDocument(models.Model):
    """A file made from a frozen row on first read and kept byte for byte.

    A PDF that is an e-invoice too names its profile; `einvoice_problems` says what lacks for one.
    """

    kind = models.CharField(max_length=12, choices=DocumentKind.choices)
    content = models.BinaryField()
    sha256 = models.CharField(max_length=64)
    einvoice_profile = models.CharField(
        max_length=20, blank=True, default="", db_default="", help_text="Of the XML in it, or that it is."
    )
    einvoice_problems = models.JSONField(
        default=list, db_default=[], blank=True, help_text="Why there is no e-invoice in it."
    )
    created_at = models.DateTimeField()

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self.kind} {self.sha256[:12]}"


class InvoiceDocument(KeptDocument):
    """A file of an invoice: its PDF, its receipt, or an e-invoice."""

    invoice = models.ForeignKey(Invoice, on_delete=models.PROTECT, related_name="documents")

    class Meta(KeptDocument.Meta):
        abstract = False
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["invoice", "kind"], name="invoices_document_once")
        ]


class CreditNoteDocument(KeptDocument):
    """A file of a credit note: its PDF, or an e-invoice."""

    credit_note = models.ForeignKey(CreditNote, on_delete=models.PROTECT, related_name="documents")

    class Meta(KeptDocument.Meta):
        abstract = False
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["credit_note", "kind"], name="invoices_credit_note_document_once")
        ]
