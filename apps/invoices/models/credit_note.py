from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from apps.accounts.models import Brand
from apps.core.public_ids import PublicIdField
from apps.customers.models import Customer
from apps.invoices.enums import CreditNoteStatus, CreditReason, RefundStatus
from apps.invoices.models.invoice import Invoice
from apps.invoices.models.line import InvoiceLine
from apps.invoices.models.series import NumberSeries


class CreditNote(models.Model):
    """The correction of an issued invoice: what is given back, and where it goes. Frozen from the start.

    Amounts are positive minor units of `currency`. total = subtotal - discount + tax - tax included =
    refund + balance + offset: to be refunded, to the customer's balance, off what the invoice has due.
    """

    public_id = PublicIdField(prefix="cn")
    brand = models.ForeignKey(Brand, on_delete=models.PROTECT, related_name="+")
    livemode = models.BooleanField(default=False)
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="+")
    invoice = models.ForeignKey(Invoice, on_delete=models.PROTECT, related_name="credit_notes")
    currency = models.CharField(max_length=3)
    series = models.ForeignKey(NumberSeries, on_delete=models.PROTECT, related_name="+")
    number = models.CharField(max_length=40)
    status = models.CharField(
        max_length=10, choices=CreditNoteStatus.choices, default=CreditNoteStatus.ISSUED
    )
    reason = models.CharField(max_length=24, choices=CreditReason.choices)
    memo = models.TextField(blank=True)
    subtotal_minor = models.BigIntegerField()
    discount_minor = models.BigIntegerField(default=0)
    tax_minor = models.BigIntegerField(default=0)
    tax_included_minor = models.BigIntegerField(default=0, db_default=0)
    total_minor = models.BigIntegerField()
    refund_minor = models.BigIntegerField(default=0)
    balance_minor = models.BigIntegerField(default=0)
    offset_minor = models.BigIntegerField(default=0)
    refund_status = models.CharField(max_length=10, choices=RefundStatus.choices, default=RefundStatus.NONE)
    seller = models.JSONField(default=dict, blank=True)
    buyer = models.JSONField(default=dict, blank=True)
    metadata = models.JSONField(default=dict, blank=True)
    issued_at = models.DateTimeField()
    voided_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["series", "number"], name="invoices_credit_note_number_once"),
            models.CheckConstraint(
                name="invoices_credit_note_status_known",
                condition=Q(status=CreditNoteStatus.ISSUED, voided_at=None)
                | Q(status=CreditNoteStatus.VOID, voided_at__isnull=False),
            ),
            models.CheckConstraint(
                name="invoices_credit_note_adds_up",
                condition=Q(
                    total_minor=F("subtotal_minor")
                    - F("discount_minor")
                    + F("tax_minor")
                    - F("tax_included_minor")
                )
                & Q(total_minor=F("refund_minor") + F("balance_minor") + F("offset_minor"))
                & Q(total_minor__gt=0),
            ),
            models.CheckConstraint(
                name="invoices_credit_note_never_negative",
                condition=Q(
                    discount_minor__gte=0,
                    tax_minor__gte=0,
                    refund_minor__gte=0,
                    balance_minor__gte=0,
                    offset_minor__gte=0,
                ),
            ),
            models.CheckConstraint(
                name="invoices_credit_note_refund_status",
                condition=Q(refund_minor=0, refund_status=RefundStatus.NONE)
                | (Q(refund_minor__gt=0) & ~Q(refund_status=RefundStatus.NONE)),
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["customer", "issued_at"], name="invoices_credit_note_customer"),
            models.Index(fields=["brand", "livemode", "issued_at", "id"], name="invoices_credit_note_brand"),
        ]

    def __str__(self) -> str:
        return self.number


class CreditNoteLine(models.Model):
    """What a credit note gives back of one invoice line, in positive minor units.

    `exact_amount` (major units, unrounded) and `amount_minor` are of the line's price, before discount and
    tax, as the line's own amount is. The discount share and the tax follow the line's, from the exact
    amount, each rounded once, half away from zero.
    """

    public_id = PublicIdField(prefix="cnl")
    credit_note = models.ForeignKey(CreditNote, on_delete=models.PROTECT, related_name="lines")
    invoice_line = models.ForeignKey(InvoiceLine, on_delete=models.PROTECT, related_name="credit_lines")
    position = models.PositiveIntegerField()
    description = models.CharField(max_length=300)
    quantity = models.DecimalField(max_digits=38, decimal_places=12, null=True, blank=True)
    exact_amount = models.DecimalField(
        max_digits=38, decimal_places=18, help_text="Unrounded, in major units."
    )
    amount_minor = models.BigIntegerField()
    discount_minor = models.BigIntegerField(default=0)
    tax_minor = models.BigIntegerField(default=0)
    tax_rate = models.DecimalField(max_digits=9, decimal_places=6, default=0)
    tax_included = models.BooleanField(default=False, db_default=False)
    taxes = models.JSONField(default=list, db_default=[], blank=True)
    period_starts_at = models.DateTimeField(null=True, blank=True)
    period_ends_at = models.DateTimeField(null=True, blank=True)
    trace = models.JSONField(default=dict, blank=True)

    class Meta:
        ordering: ClassVar = ["credit_note_id", "position"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["credit_note", "position"], name="invoices_credit_line_position_once"
            ),
            models.CheckConstraint(
                name="invoices_credit_line_positive",
                condition=Q(amount_minor__gt=0, discount_minor__gte=0, tax_minor__gte=0),
            ),
        ]

    def __str__(self) -> str:
        return self.description

    @property
    def net_minor(self) -> int:
        """What the line gives back of what was earned: without discount and tax, in minor units."""
        included = self.tax_minor if self.tax_included else 0
        return self.amount_minor - self.discount_minor - included
