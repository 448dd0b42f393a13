from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from apps.core.public_ids import PublicIdField
from apps.invoices.enums import LineKind
from apps.invoices.models.invoice import Invoice
from apps.subscriptions.models import Subscription


class InvoiceLine(models.Model):
    """One charge on an invoice, with everything that explains it.

    `amount_minor` is the exact amount rounded once, half away from zero, before discount and
    tax; with `tax_included` it is gross. `charge_key` is unique among lines that are not voided: nothing is
    billed twice. `discounts` lists what was taken off ({source, id, name, exact, minor}) and `taxes` what was
    put on ({tax: position in the invoice's taxes, percent, exact, minor}); both sum to the line's amounts.
    A line that takes back a part of another has its shares of both with their signs turned.
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
    exact_discount = models.DecimalField(
        max_digits=38, decimal_places=18, default=0, db_default=0, help_text="Unrounded, in major units."
    )
    discounts = models.JSONField(default=list, db_default=[], blank=True)
    progressive_minor = models.BigIntegerField(
        default=0, db_default=0, help_text="Billed progressively before, taken off before tax."
    )
    tax_code = models.CharField(max_length=40, blank=True, default="", db_default="")
    tax_included = models.BooleanField(default=False, db_default=False)
    tax_minor = models.BigIntegerField(default=0)
    tax_rate = models.DecimalField(
        max_digits=9, decimal_places=6, default=0, help_text="Percent, of all its taxes together."
    )
    taxes = models.JSONField(default=list, db_default=[], blank=True)
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

    @property
    def net_minor(self) -> int:
        """What the line earns: without discount, what was billed before, and tax; minor units."""
        included = self.tax_minor if self.tax_included else 0
        return self.amount_minor - self.discount_minor - self.progressive_minor - included
