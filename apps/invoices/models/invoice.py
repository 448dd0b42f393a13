from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from apps.accounts.models import Brand
from apps.core.model_fields import choice_field
from apps.core.public_ids import PublicIdField
from apps.customers.models import Customer
from apps.invoices.enums import InvoiceStatus, TaxStatus
from apps.invoices.models.series import NumberSeries
from apps.subscriptions.enums import CollectionMethod


class Invoice(models.Model):
    """A bill to one customer in one currency: free to change while a draft, frozen once finalised.

    Amounts are minor units of `currency`. total = subtotal - discount + tax - tax included - progressive
    credit, and where that is below zero the total is 0 and `balance_credited_minor` the rest, which goes to
    the customer's balance. `tax_included_minor` is the part of the tax that stands in the subtotal already:
    that of lines with gross prices. due = total - balance applied - prepaid applied - credited - paid. After
    finalisation the database lets only what reduces the due amount and the status move. `seller` and `buyer`
    are copies made at that moment. A draft whose tax has no answer waits: its tax is never taken as 0.
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
    tax_included_minor = models.BigIntegerField(
        default=0, db_default=0, help_text="The part of the tax that stands in the subtotal."
    )
    tax_status = choice_field(TaxStatus.NOT_NEEDED, max_length=12)
    tax_problem = models.CharField(
        max_length=300,
        blank=True,
        default="",
        db_default="",
        help_text="Why the tax has no answer, and the way out.",
    )
    tax_facts = models.JSONField(
        default=dict,
        db_default={},
        blank=True,
        help_text="What the tax was decided from: place, evidence, engine; the total in local currency.",
    )
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
    prepaid_applied_minor = models.BigIntegerField(
        default=0, db_default=0, help_text="Paid from prepaid credit."
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
                    prepaid_applied_minor__gte=0,
                    credited_minor__gte=0,
                ),
            ),
            models.CheckConstraint(
                name="invoices_invoice_not_overpaid",
                condition=Q(
                    total_minor__gte=F("paid_minor")
                    + F("balance_applied_minor")
                    + F("prepaid_applied_minor")
                    + F("credited_minor")
                ),
            ),
            models.CheckConstraint(
                name="invoices_invoice_total_adds_up",
                condition=Q(
                    total_minor=F("subtotal_minor")
                    - F("discount_minor")
                    + F("tax_minor")
                    - F("tax_included_minor")
                    - F("progressive_credit_minor")
                    + F("balance_credited_minor")
                ),
            ),
            models.CheckConstraint(
                name="invoices_invoice_credited_only_at_zero",
                condition=Q(balance_credited_minor=0) | Q(total_minor=0),
            ),
            models.CheckConstraint(
                name="invoices_invoice_tax_answered_when_issued",
                condition=Q(tax_status__in=[TaxStatus.NOT_NEEDED, TaxStatus.SETTLED])
                | Q(status=InvoiceStatus.DRAFT, tax_status=TaxStatus.WAITING),
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["customer", "created_at"]),
            models.Index(fields=["brand", "livemode", "created_at", "id"]),
            models.Index(fields=["brand", "livemode", "status", "due_at"]),
            models.Index(
                fields=["brand", "livemode", "created_at"],
                condition=Q(status=InvoiceStatus.DRAFT, tax_status=TaxStatus.WAITING),
                name="invoices_invoice_tax_waiting",
            ),
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
        applied = self.balance_applied_minor + self.prepaid_applied_minor
        return self.total_minor - applied - self.credited_minor - self.paid_minor
