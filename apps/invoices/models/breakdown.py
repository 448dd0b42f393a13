from __future__ import annotations

from typing import ClassVar

from django.db import models

from apps.invoices.enums import DiscountSource
from apps.invoices.models.credit_note import CreditNote
from apps.invoices.models.invoice import Invoice
from apps.taxes.enums import Category


class InvoiceDiscount(models.Model):
    """One thing that was taken off an invoice before tax: a coupon, or a promotional credit grant.

    `amount_minor` (minor units, 0 or more) is the sum of its parts on the lines. `source_id` is the public id
    of the redemption or the grant; `trace` says how it was worked out.
    """

    invoice = models.ForeignKey(Invoice, on_delete=models.CASCADE, related_name="discounts")
    position = models.PositiveIntegerField()
    source = models.CharField(max_length=20, choices=DiscountSource.choices)
    source_id = models.CharField(max_length=40)
    name = models.CharField(max_length=200)
    amount_minor = models.BigIntegerField()
    trace = models.JSONField(default=dict, blank=True)

    class Meta:
        ordering: ClassVar = ["invoice_id", "position"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["invoice", "position"], name="invoices_discount_position_once"),
            models.CheckConstraint(
                name="invoices_discount_not_negative", condition=models.Q(amount_minor__gte=0)
            ),
        ]

    def __str__(self) -> str:
        return self.name


class TaxBreakdown(models.Model):
    """One row of a document's tax breakdown: what was taxed at one rate of one place, and why.

    Minor units of the document's currency; `taxable_minor` is net of discount and of the tax itself.
    `category` is a code of UNCL5305 (EN 16931, BT-118), `note` the key of a legal text that is to be printed.
    """

    position = models.PositiveIntegerField()
    category = models.CharField(max_length=2, choices=Category.choices)
    name = models.CharField(max_length=80, help_text="As it is printed, such as VAT.")
    kind = models.CharField(max_length=20, help_text="Such as vat, cgst or sales_tax.")
    jurisdiction = models.CharField(max_length=20, help_text="Such as DE, IN-KA or US-CA.")
    percent = models.DecimalField(max_digits=9, decimal_places=6)
    taxable_minor = models.BigIntegerField()
    tax_minor = models.BigIntegerField()
    note = models.CharField(max_length=60, blank=True)
    registration = models.CharField(max_length=60, blank=True, help_text="The seller's number there.")

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self.name} {self.percent.normalize():f} %"


class InvoiceTax(TaxBreakdown):
    """What an invoice owes of one tax; the lines' parts of it sum to it."""

    invoice = models.ForeignKey(Invoice, on_delete=models.CASCADE, related_name="taxes")

    class Meta(TaxBreakdown.Meta):
        abstract = False
        ordering: ClassVar = ["invoice_id", "position"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["invoice", "position"], name="invoices_tax_position_once")
        ]


class CreditNoteTax(TaxBreakdown):
    """What a credit note gives back of one tax, in positive minor units."""

    credit_note = models.ForeignKey(CreditNote, on_delete=models.PROTECT, related_name="taxes")

    class Meta(TaxBreakdown.Meta):
        abstract = False
        ordering: ClassVar = ["credit_note_id", "position"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["credit_note", "position"], name="invoices_credit_note_tax_position_once"
            )
        ]
