"""What is owed: invoices, their lines, number series and rendered documents."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from apps.accounts.models import Brand
from apps.core.public_ids import PublicIdField
from apps.customers.models import Customer
from apps.invoices.enums import (
    CreditNoteStatus,
    CreditReason,
    DocumentKind,
    InvoiceStatus,
    LineKind,
    RefundStatus,
    SeriesKind,
)
from apps.subscriptions.enums import CollectionMethod
from apps.subscriptions.models import Subscription


class NumberSeries(models.Model):
    """The counter behind document numbers: one row for each brand, mode and kind of document.

    A number is spent only in the transaction that finalises its document, under this row's lock,
    so a series has neither gaps nor doubles (EU VAT Directive 2006/112, article 226(2)).
    """

    brand = models.ForeignKey(Brand, on_delete=models.PROTECT, related_name="+")
    livemode = models.BooleanField()
    kind = models.CharField(max_length=12, choices=SeriesKind.choices)
    prefix = models.CharField(max_length=20)
    next_value = models.PositiveBigIntegerField(default=1)

    class Meta:
        verbose_name_plural = "number series"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["brand", "livemode", "kind"], name="invoices_series_once"),
            models.UniqueConstraint(fields=["prefix"], name="invoices_series_prefix_once"),
        ]

    def __str__(self) -> str:
        return f"{self.prefix} ({self.kind})"


class Invoice(models.Model):
    """A bill to one customer in one currency: free to change while a draft, frozen once finalised.

    Amounts are minor units of `currency`. total = subtotal - discount + tax - progressive credit, and where
    that is below zero the total is 0 and `balance_credited_minor` the rest, which goes to the customer's
    balance. due = total - balance applied - credited - paid. After finalisation the database lets only what
    reduces the due amount and the status move. `seller` and `buyer` are copies made at that moment.
    """

    public_id = PublicIdField(prefix="inv")
    brand = models.ForeignKey(Brand, on_delete=models.PROTECT, related_name="+")
    livemode = models.BooleanField(default=False)
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="+")
    currency = models.CharField(max_length=3)
    status = models.CharField(max_length=14, choices=InvoiceStatus.choices, default=InvoiceStatus.DRAFT)
    collection_method = models.CharField(
        max_length=22,
        choices=CollectionMethod.choices,
        default=CollectionMethod.CHARGE_AUTOMATICALLY,
    )
    net_terms_days = models.PositiveSmallIntegerField(default=0)
    series = models.ForeignKey(
        NumberSeries, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    number = models.CharField(max_length=40, null=True, blank=True)  # noqa: DJ001 - a draft has none
    subtotal_minor = models.BigIntegerField(default=0)
    discount_minor = models.BigIntegerField(default=0)
    tax_minor = models.BigIntegerField(default=0)
    progressive_credit_minor = models.BigIntegerField(
        default=0, db_default=0, help_text="Billed earlier within the period; taken off before tax."
    )
    total_minor = models.BigIntegerField(default=0)
    balance_credited_minor = models.BigIntegerField(
        default=0, db_default=0, help_text="What a negative total gave to the customer's balance."
    )
    balance_applied_minor = models.BigIntegerField(
        default=0, db_default=0, help_text="Paid from the customer's balance."
    )
    credited_minor = models.BigIntegerField(
        default=0, db_default=0, help_text="By how much credit notes reduce what is due."
    )
    paid_minor = models.BigIntegerField(default=0)
    locale = models.CharField(max_length=10, default="en")
    time_zone = models.CharField(max_length=64, default="UTC")
    po_number = models.CharField(max_length=60, blank=True)
    memo = models.TextField(blank=True)
    terms = models.TextField(blank=True)
    seller = models.JSONField(default=dict, blank=True)
    buyer = models.JSONField(default=dict, blank=True)
    metadata = models.JSONField(default=dict, blank=True)
    created_at = models.DateTimeField()
    finalize_at = models.DateTimeField(
        null=True, blank=True, help_text="When a draft that waits for late usage is finalised by itself."
    )
    boundary_at = models.DateTimeField(
        null=True,
        blank=True,
        help_text="Of a draft that waits for late usage: when the periods were closed that it bills.",
    )
    finalized_at = models.DateTimeField(null=True, blank=True)
    due_at = models.DateTimeField(null=True, blank=True)
    paid_at = models.DateTimeField(null=True, blank=True)
    voided_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["series", "number"], name="invoices_number_once"),
            models.CheckConstraint(
                name="invoices_invoice_status_known", condition=Q(status__in=InvoiceStatus.values)
            ),
            models.CheckConstraint(
                name="invoices_invoice_number_when_issued",
                condition=Q(status__in=[InvoiceStatus.DRAFT, InvoiceStatus.CLOSED], number=None)
                | (
                    ~Q(status__in=[InvoiceStatus.DRAFT, InvoiceStatus.CLOSED])
                    & Q(number__isnull=False, finalized_at__isnull=False)
                ),
            ),
            models.CheckConstraint(
                name="invoices_invoice_never_negative",
                condition=Q(
                    total_minor__gte=0,
                    paid_minor__gte=0,
                    progressive_credit_minor__gte=0,
                    balance_credited_minor__gte=0,
                    balance_applied_minor__gte=0,
                    credited_minor__gte=0,
                ),
            ),
            models.CheckConstraint(
                name="invoices_invoice_not_overpaid",
                condition=Q(
                    total_minor__gte=F("paid_minor") + F("balance_applied_minor") + F("credited_minor")
                ),
            ),
            models.CheckConstraint(
                name="invoices_invoice_total_adds_up",
                condition=Q(
                    total_minor=F("subtotal_minor")
                    - F("discount_minor")
                    + F("tax_minor")
                    - F("progressive_credit_minor")
                    + F("balance_credited_minor")
                ),
            ),
            models.CheckConstraint(
                name="invoices_invoice_credited_only_at_zero",
                condition=Q(balance_credited_minor=0) | Q(total_minor=0),
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["customer", "created_at"]),
            models.Index(fields=["brand", "livemode", "created_at", "id"]),
            models.Index(fields=["brand", "livemode", "status", "due_at"]),
            models.Index(
                fields=["customer", "finalize_at"],
                condition=Q(status=InvoiceStatus.DRAFT, finalize_at__isnull=False),
                name="invoices_invoice_waiting",
            ),
        ]

    def __str__(self) -> str:
        return self.number or f"{self.get_status_display()} {self.public_id}"

    @property
    def due_minor(self) -> int:
        """What is still to be paid, in minor units."""
        return self.total_minor - self.balance_applied_minor - self.credited_minor - self.paid_minor


class InvoiceLine(models.Model):
    """One charge on an invoice, with everything that explains it.

    `amount_minor` is the exact amount rounded once, half away from zero, before discount and
    tax. `charge_key` is unique among lines that are not voided: nothing is billed twice.
    """

    public_id = PublicIdField(prefix="il")
    invoice = models.ForeignKey(Invoice, on_delete=models.PROTECT, related_name="lines")
    position = models.PositiveIntegerField()
    charge_key = models.CharField(max_length=200, blank=True)
    source = models.CharField(max_length=20, default="rating")
    kind = models.CharField(max_length=12, choices=LineKind.choices)
    description = models.CharField(max_length=300)
    quantity = models.DecimalField(max_digits=38, decimal_places=12)
    unit_name = models.CharField(max_length=40, blank=True)
    exact_amount = models.DecimalField(
        max_digits=38, decimal_places=18, help_text="Unrounded, in major units."
    )
    amount_minor = models.BigIntegerField()
    discount_minor = models.BigIntegerField(default=0)
    tax_minor = models.BigIntegerField(default=0)
    tax_rate = models.DecimalField(max_digits=9, decimal_places=6, default=0)
    period_starts_at = models.DateTimeField(null=True, blank=True)
    period_ends_at = models.DateTimeField(null=True, blank=True)
    subscription = models.ForeignKey(
        Subscription, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    item_id = models.BigIntegerField(null=True, blank=True)
    price_id = models.CharField(max_length=40, blank=True, help_text="Public id of the price.")
    credits_line = models.ForeignKey(
        "self",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="taken_back_by",
        help_text="The line that this negative one takes back a part of.",
    )
    snapshot = models.JSONField(
        default=dict, blank=True, help_text="Plan, price and parameters as they were."
    )
    trace = models.JSONField(default=dict, blank=True)
    voided_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["invoice_id", "position"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["charge_key"],
                condition=Q(voided_at=None) & ~Q(charge_key=""),
                name="invoices_line_charge_key_once",
            ),
            models.UniqueConstraint(fields=["invoice", "position"], name="invoices_line_position_once"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["item_id", "period_starts_at"], name="invoices_line_item_period"),
        ]

    def __str__(self) -> str:
        return self.description


class CreditNote(models.Model):
    """The correction of an issued invoice: what is given back, and where it goes. Frozen from the start.

    Amounts are positive minor units of `currency`. total = subtotal - discount + tax = refund + balance +
    offset: to be refunded, to the customer's balance, off what the invoice has due.
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
                condition=Q(total_minor=F("subtotal_minor") - F("discount_minor") + F("tax_minor"))
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
