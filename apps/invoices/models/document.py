from __future__ import annotations

from typing import ClassVar

from django.db import models

from apps.invoices.enums import DocumentKind
from apps.invoices.models.invoice import Invoice


class InvoiceDocument(models.Model):
    """A rendered PDF, made from the frozen invoice on first read and kept byte for byte."""

    invoice = models.ForeignKey(Invoice, on_delete=models.PROTECT, related_name="documents")
    kind = models.CharField(max_length=10, choices=DocumentKind.choices)
    content = models.BinaryField()
    sha256 = models.CharField(max_length=64)
    created_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["invoice", "kind"], name="invoices_document_once")
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.sha256[:12]}"
