"""Who runs this installation: brands (legal entities), users and API keys."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models

from apps.accounts.enums import (
    ApiKeyKind,
    BalanceUse,
    DiscountAllocationName,
    DiscountOrderName,
    EventIdentity,
    TaxEngineName,
    TaxRoundingName,
    ZeroInvoicePolicy,
)
from apps.core.model_fields import choice_field
from apps.core.public_ids import PublicIdField


class Brand(models.Model):
    """A legal entity that sells: it keys number series, gateways, ledger books and external ids."""

    public_id = PublicIdField(prefix="brand")
    code = models.SlugField(max_length=40, unique=True)
    name = models.CharField(max_length=120, help_text="The name that customers see.")
    legal_name = models.CharField(max_length=200)
    address_lines = ArrayField(models.CharField(max_length=200), default=list, blank=True)
    country = models.CharField(max_length=2, help_text="ISO 3166-1 alpha-2 code.")
    tax_id = models.CharField(max_length=40, blank=True)
    support_email = models.EmailField()
    website = models.URLField(blank=True)
    logo_png = models.BinaryField(null=True, blank=True, editable=True)
    accent_color = models.CharField(
        max_length=7,
        default="#3b5bdb",
        validators=[RegexValidator(r"^#[0-9a-fA-F]{6}$", "Write a colour as #rrggbb.")],
    )
    default_currency = models.CharField(max_length=3, default="EUR")
    default_locale = models.CharField(max_length=10, default="en")
    default_time_zone = models.CharField(max_length=64, default="UTC")
    net_terms_days = models.PositiveSmallIntegerField(
        default=0, help_text="Days from issue until an invoice is due; 0 means due on issue."
    )
    invoice_prefix = models.CharField(
        max_length=10,
        validators=[RegexValidator(r"^[A-Z0-9]{1,10}$", "Use capital letters and digits.")],
    )
    invoice_terms = models.TextField(blank=True, help_text="Printed at the foot of each invoice.")
    bank_name = models.CharField(max_length=120, blank=True, default="", db_default="")
    bank_iban = models.CharField(
        "bank account (IBAN)",
        max_length=34,
        blank=True,
        default="",
        db_default="",
        validators=[RegexValidator(r"^[A-Z]{2}[0-9]{2}[A-Z0-9]{10,30}$", "Write an IBAN without spaces.")],
        help_text="Where customers transfer what they owe; printed on invoices that wait for a payment.",
    )
    bank_bic = models.CharField(
        "BIC",
        max_length=11,
        blank=True,
        default="",
        db_default="",
        validators=[RegexValidator(r"^[A-Z0-9]{8}([A-Z0-9]{3})?$", "A BIC has 8 or 11 characters.")],
    )
    zero_invoice_policy = models.CharField(
        max_length=10, choices=ZeroInvoicePolicy.choices, default=ZeroInvoicePolicy.CLOSE
    )
    balance_use = choice_field(
        BalanceUse.AUTOMATIC, max_length=10, help_text="When a customer's balance pays an invoice."
    )
    event_identity = choice_field(
        EventIdentity.ID,
        max_length=20,
        help_text="What makes two usage events of a source the same event; fixed by the first event.",
    )
    amending_sources = ArrayField(
        models.CharField(max_length=255),
        default=list,
        db_default=[],
        blank=True,
        help_text="Sources of usage events whose repeated id with other content replaces the event.",
    )
    refund_approval_minor = models.BigIntegerField(
        "refunds need a second person above",
        null=True,
        blank=True,
        validators=[MinValueValidator(0)],
        help_text="In minor units of the default currency; a refund in another currency is compared unit by "
        "unit, without exchange. Empty: one person is enough.",
    )
    invoice_grace_hours = models.PositiveSmallIntegerField(
        default=0,
        db_default=0,
        validators=[MaxValueValidator(24 * 30)],
        help_text="How long an invoice of usage stays a draft, so that late usage is still on it; 0 issues "
        "it at once.",
    )
    one_trial_per_customer = models.BooleanField(
        default=True,
        db_default=True,
        help_text="Whether a plan's trial is given once: to a customer, a mailbox and a card.",
    )
    tax_engine = choice_field(
        TaxEngineName.TABLES, max_length=10, help_text="Who works out the tax of drafts."
    )
    tax_rounding = choice_field(
        TaxRoundingName.PER_RATE, max_length=15, help_text="Where the tax of an invoice is rounded."
    )
    discount_order = choice_field(
        DiscountOrderName.METRIC_LIMITED_PLAN_LIMITED_GENERAL,
        max_length=40,
        help_text="Which of several coupons is taken off first.",
    )
    discount_allocation = choice_field(
        DiscountAllocationName.LARGEST_REMAINDER,
        max_length=20,
        help_text="How a coupon is spread over the lines.",
    )
    terms_url = models.URLField(blank=True)
    created_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                name="accounts_brand_zero_invoice_policy_known",
                condition=models.Q(zero_invoice_policy__in=ZeroInvoicePolicy.values),
            ),
            models.CheckConstraint(
                name="accounts_brand_balance_use_known",
                condition=models.Q(balance_use__in=BalanceUse.values),
            ),
            models.CheckConstraint(
                name="accounts_brand_event_identity_known",
                condition=models.Q(event_identity__in=EventIdentity.values),
            ),
        ]

    def __str__(self) -> str:
        return self.name


class UserManager(BaseUserManager["User"]):
    """Creates users that log in with their e-mail address."""

    use_in_migrations = True

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> User:
        user = self.model(email=self.normalize_email(email).lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> User:
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)


class User(AbstractBaseUser, PermissionsMixin):
    """A person who logs in: a member of customers, a member of staff, or both."""

    email = models.EmailField(unique=True)
    name = models.CharField(max_length=120, blank=True)
    is_staff = models.BooleanField(default=False)
    is_active = models.BooleanField(default=True)
    livemode_selected = models.BooleanField(
        default=False, help_text="Which mode the staff pages show: live or test."
    )
    date_joined = models.DateTimeField(null=True, blank=True)

    objects = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    def __str__(self) -> str:
        return self.name or self.email

    def get_full_name(self) -> str:
        return self.name or self.email

    def get_short_name(self) -> str:
        return self.name.split(" ")[0] if self.name else self.email


class ApiKey(models.Model):
    """A secret of an integrator: kept as a SHA-256 hash, shown once, scoped to a brand and a mode."""

    public_id = PublicIdField(prefix="key")
    brand = models.ForeignKey(Brand, on_delete=models.PROTECT, related_name="+")
    livemode = models.BooleanField(default=False)
    name = models.CharField(max_length=120)
    kind = models.CharField(max_length=10, choices=ApiKeyKind.choices, default=ApiKeyKind.SECRET)
    prefix = models.CharField(max_length=24, help_text="The first characters, to recognise it by.")
    key_hash = models.CharField(max_length=64, unique=True)
    scopes = ArrayField(models.CharField(max_length=60), default=list, blank=True)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = "API key"
        constraints: ClassVar = [
            models.CheckConstraint(
                name="accounts_apikey_kind_known",
                condition=models.Q(kind__in=ApiKeyKind.values),
            )
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"
