"""What tax is decided by: registrations, dated rates, checked ids, and where customers were seen."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from apps.accounts.models import Brand
from apps.core.model_fields import choice_field
from apps.core.public_ids import PublicIdField
from apps.customers.models import Customer
from apps.taxes.enums import (
    OPEN,
    CheckSource,
    CheckStatus,
    ConsumersAbroad,
    EvidenceKind,
    IdKind,
    RateKind,
    RateLevel,
    Scheme,
    UncheckedId,
)


class TaxRegistration(models.Model):
    """A brand collects the tax of one country, or of one state of it, under one law.

    A legal fact, and so the same in live and test mode. Days are those of the brand's time zone, from
    `valid_from` (inclusive) to `valid_to` (exclusive; empty is open).
    """

    public_id = PublicIdField(prefix="taxreg")
    brand = models.ForeignKey(Brand, on_delete=models.PROTECT, related_name="+")
    country = models.CharField(max_length=2, help_text="ISO 3166-1; of One Stop Shop the state that runs it.")
    region = models.CharField(
        max_length=10, blank=True, help_text="State of India or the US: KA, CA. Empty elsewhere."
    )
    scheme = models.CharField(max_length=20, choices=Scheme.choices)
    number = models.CharField(max_length=40, blank=True, help_text="As it is printed on invoices.")
    unchecked_ids = choice_field(UncheckedId.CHARGE, max_length=10)
    consumers_abroad = choice_field(
        ConsumersAbroad.ASK,
        max_length=10,
        help_text="Of the own state's VAT in the EU, without One Stop Shop.",
    )
    valid_from = models.DateField()
    valid_to = models.DateField(null=True, blank=True, help_text="The first day without it.")
    created_at = models.DateTimeField()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["brand", "country"], name="taxes_registration_of_brand")]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["brand", "country", "region", "scheme"],
                condition=Q(valid_to=None),
                name="taxes_registration_one_open",
            ),
            models.CheckConstraint(
                name="taxes_registration_scheme_known", condition=Q(scheme__in=Scheme.values)
            ),
            models.CheckConstraint(
                name="taxes_registration_days_in_order",
                condition=Q(valid_to=None) | Q(valid_to__gt=F("valid_from")),
            ),
        ]

    def __str__(self) -> str:
        place = f"{self.country}-{self.region}" if self.region else self.country
        return f"{self.get_scheme_display()} {place} {self.number}".strip()


# What a rate is of; special districts also by their name.
_RATE_OF = ["country", "region", "level", "postal_prefix", "city", "tax_code"]


class TaxRate(models.Model):
    """What one jurisdiction takes of what has a tax code, in percent.

    From `valid_from` (inclusive) to `valid_to` (exclusive); the same for all brands. A percentage never
    changes: another one is another row. Within a level the row that names the place most closely (longest
    postal prefix, then city, then region) is the rate; only of special districts several cover a place, and
    are told apart by name.
    """

    public_id = PublicIdField(prefix="txr")
    country = models.CharField(max_length=2)
    region = models.CharField(max_length=10, blank=True)
    level = models.CharField(max_length=10, choices=RateLevel.choices, default=RateLevel.COUNTRY)
    postal_prefix = models.CharField(max_length=12, blank=True, help_text="Only where postal codes begin so.")
    city = models.CharField(max_length=100, blank=True, help_text="Only in the place of this name.")
    tax_code = models.CharField(
        max_length=40, default="standard", help_text="standard, reduced, zero … or a product's own code."
    )
    kind = models.CharField(max_length=12, choices=RateKind.choices, default=RateKind.VAT)
    name = models.CharField(max_length=80, default="VAT", help_text="As it is printed.")
    percent = models.DecimalField(max_digits=9, decimal_places=6)
    valid_from = models.DateField(help_text="From when it is known to hold.")
    valid_to = models.DateField(null=True, blank=True, help_text="The first day without it.")
    source = models.CharField(max_length=200, blank=True, help_text="The law or publication that says so.")
    created_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=[*_RATE_OF, "valid_from"],
                condition=~Q(level=RateLevel.DISTRICT),
                name="taxes_rate_once",
            ),
            models.UniqueConstraint(
                fields=[*_RATE_OF, "name", "valid_from"],
                condition=Q(level=RateLevel.DISTRICT),
                name="taxes_rate_of_district_once",
            ),
            models.UniqueConstraint(
                fields=_RATE_OF,
                condition=Q(valid_to=None) & ~Q(level=RateLevel.DISTRICT),
                name="taxes_rate_one_open",
            ),
            models.UniqueConstraint(
                fields=[*_RATE_OF, "name"],
                condition=Q(valid_to=None, level=RateLevel.DISTRICT),
                name="taxes_rate_of_district_one_open",
            ),
            models.CheckConstraint(
                name="taxes_rate_percent", condition=Q(percent__gte=0) & Q(percent__lte=100)
            ),
            models.CheckConstraint(name="taxes_rate_kind_known", condition=Q(kind__in=RateKind.values)),
            models.CheckConstraint(name="taxes_rate_level_known", condition=Q(level__in=RateLevel.values)),
            models.CheckConstraint(
                name="taxes_rate_days_in_order",
                condition=Q(valid_to=None) | Q(valid_to__gt=F("valid_from")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.jurisdiction} {self.tax_code} {self.percent.normalize():f} %"

    @property
    def jurisdiction(self) -> str:
        """As on invoices: DE, IN-KA, US-CA."""
        return f"{self.country}-{self.region}" if self.region else self.country


class TaxIdCheck(models.Model):
    """One question to a register about a customer's tax id, and the answer: evidence that stays.

    An id that is asked about again (after a while, or by hand) gets another row, and so does the id of a
    customer who has moved to another country: the same text may be another id there. `next_ask_at` is in the
    customer's time; the answer's own time, `answered_at`, is real.
    """

    public_id = PublicIdField(prefix="txchk")
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="+")
    tax_id = models.CharField(max_length=40, help_text="As the customer gave it.")
    customer_country = models.CharField(
        max_length=2, blank=True, default="", db_default="", help_text="Where the customer was then."
    )
    number = models.CharField(max_length=40, help_text="In its one spelling, with the prefix of its country.")
    country = models.CharField(max_length=2, blank=True, help_text="ISO code of the state that gave it.")
    kind = models.CharField(max_length=10, choices=IdKind.choices)
    status = models.CharField(max_length=12, choices=CheckStatus.choices, default=CheckStatus.PENDING)
    source = models.CharField(max_length=10, choices=CheckSource.choices, blank=True)
    consultation_number = models.CharField(
        max_length=60, blank=True, help_text="What the register gave as a proof of the question."
    )
    registered_name = models.CharField(max_length=300, blank=True)
    registered_address = models.CharField(max_length=500, blank=True)
    problem = models.CharField(max_length=200, blank=True)
    attempts = models.PositiveIntegerField(default=0)
    opened_at = models.DateTimeField()
    next_ask_at = models.DateTimeField(
        null=True, blank=True, help_text="When the register is asked: of an answer, when it grows old."
    )
    answered_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = "tax id check"
        indexes: ClassVar = [
            models.Index(fields=["customer", "tax_id", "-id"], name="taxes_check_of_customer"),
            models.Index(
                fields=["next_ask_at"], name="taxes_check_due", condition=Q(next_ask_at__isnull=False)
            ),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["customer", "tax_id", "customer_country"],
                condition=Q(status__in=OPEN),
                name="taxes_check_one_open",
            ),
            models.CheckConstraint(
                name="taxes_check_status_known", condition=Q(status__in=CheckStatus.values)
            ),
            models.CheckConstraint(
                name="taxes_check_source_known", condition=Q(source__in=CheckSource.values)
            ),
            models.CheckConstraint(
                name="taxes_check_answer_has_time",
                condition=Q(status__in=OPEN, answered_at=None)
                | (~Q(status__in=OPEN) & Q(answered_at__isnull=False)),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.status}"


class LocationEvidence(models.Model):
    """In which country something placed a customer, and when it last did; one row a kind and country."""

    public_id = PublicIdField(prefix="loc")
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=20, choices=EvidenceKind.choices)
    country = models.CharField(max_length=2)
    first_seen_at = models.DateTimeField()
    seen_at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "location evidence"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["customer", "kind", "country"], name="taxes_evidence_once"),
            models.CheckConstraint(
                name="taxes_evidence_kind_known", condition=Q(kind__in=EvidenceKind.values)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind}: {self.country}"
