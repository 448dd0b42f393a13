"""Contracts over time: subscriptions, their phases, items, periods and scheduled changes."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField, RangeOperators
from django.db import models
from django.db.models import F, Func, Q, Value

from apps.accounts.models import Brand
from apps.core.public_ids import PublicIdField
from apps.customers.models import Customer
from apps.plans.enums import Interval, PeriodAlignment
from apps.plans.models import Plan, PlanVersion, Price
from apps.subscriptions.enums import (
    WISHES,
    AnchorPrecision,
    CancelReason,
    ChangeKind,
    ChangeStatus,
    CollectionMethod,
    PhaseKind,
    SubscriptionStatus,
    UnusedPart,
)


class Subscription(models.Model):
    """A customer's contract for a plan, from its start until it is canceled.

    `next_bill_at` is its place in the queue of due work; empty once nothing more is to be billed.
    """

    public_id = PublicIdField(prefix="sub")
    brand = models.ForeignKey(Brand, on_delete=models.PROTECT, related_name="+")
    livemode = models.BooleanField(default=False)
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="+")
    external_id = models.CharField(  # noqa: DJ001 - unique where given, so absent is NULL
        max_length=255, null=True, blank=True
    )
    plan_version = models.ForeignKey(
        PlanVersion, on_delete=models.PROTECT, related_name="+", help_text="That of the running phase."
    )
    currency = models.CharField(max_length=3)
    quantity = models.PositiveIntegerField(default=1, help_text="Seats, where the plan has them.")
    quantities = models.JSONField(
        default=dict,
        db_default={},
        blank=True,
        help_text="Of seat prices whose quantity is another one: quantity by price code.",
    )
    status = models.CharField(max_length=12, choices=SubscriptionStatus.choices)
    collection_method = models.CharField(
        max_length=22,
        choices=CollectionMethod.choices,
        default=CollectionMethod.CHARGE_AUTOMATICALLY,
    )
    started_at = models.DateTimeField()
    trial_ends_at = models.DateTimeField(null=True, blank=True)
    paused_at = models.DateTimeField(null=True, blank=True)
    parent = models.ForeignKey(
        "self",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="add_ons",
        help_text="The subscription that this one is an add-on of; it ends with it.",
    )
    trial_reminder_at = models.DateTimeField(
        null=True, blank=True, help_text="When to remind of the end of the trial; empty once done."
    )
    current_period_starts_at = models.DateTimeField()
    current_period_ends_at = models.DateTimeField()
    next_bill_at = models.DateTimeField(null=True, blank=True)
    is_metered = models.BooleanField(
        default=False,
        db_default=False,
        help_text="Whether a phase of it ever had a metered price: only then can usage be late.",
    )
    late_below = models.BigIntegerField(
        null=True,
        blank=True,
        help_text="Transaction id below which late usage of all closed periods was looked for by a bill.",
    )
    late_due_at = models.DateTimeField(
        null=True,
        blank=True,
        help_text="Usage of closed periods changed, and no next invoice will carry it; empty once settled.",
    )
    cancel_reason = models.CharField(max_length=20, choices=CancelReason.choices, blank=True)
    cancel_comment = models.TextField(blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    metadata = models.JSONField(default=dict, blank=True)
    created_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["brand", "livemode", "external_id"],
                condition=~Q(status=SubscriptionStatus.CANCELED),
                name="subscriptions_subscription_external_id_once",
            ),
            models.CheckConstraint(
                name="subscriptions_subscription_status_known",
                condition=Q(status__in=SubscriptionStatus.values),
            ),
            models.CheckConstraint(
                name="subscriptions_subscription_ended_iff_canceled",
                condition=Q(status=SubscriptionStatus.CANCELED, ended_at__isnull=False)
                | (~Q(status=SubscriptionStatus.CANCELED) & Q(ended_at=None)),
            ),
            models.CheckConstraint(
                name="subscriptions_subscription_quantity_positive", condition=Q(quantity__gte=1)
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["next_bill_at"],
                condition=Q(next_bill_at__isnull=False),
                name="subscriptions_due",
            ),
            models.Index(
                fields=["trial_reminder_at"],
                condition=Q(trial_reminder_at__isnull=False),
                name="subscriptions_reminder_due",
            ),
            models.Index(
                fields=["late_due_at"],
                condition=Q(late_due_at__isnull=False),
                name="subscriptions_late_due",
            ),
            models.Index(fields=["customer", "status"]),
            models.Index(fields=["brand", "livemode", "created_at", "id"]),
        ]

    def __str__(self) -> str:
        return self.public_id


class Phase(models.Model):
    """A stretch of a subscription under one plan version and one way of counting periods.

    The stored anchor gives every boundary: 31 January, 28 February, 31 March.
    """

    subscription = models.ForeignKey(Subscription, on_delete=models.PROTECT, related_name="phases")
    kind = models.CharField(max_length=10, choices=PhaseKind.choices)
    plan_version = models.ForeignKey(PlanVersion, on_delete=models.PROTECT, related_name="+")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField(null=True, blank=True)
    anchor_at = models.DateTimeField()
    anchor_zone = models.CharField(max_length=64)
    anchor_precision = models.CharField(
        max_length=10, choices=AnchorPrecision.choices, default=AnchorPrecision.LOCAL_DAY
    )
    alignment = models.CharField(
        max_length=12, choices=PeriodAlignment.choices, default=PeriodAlignment.ANNIVERSARY
    )
    billing_day = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text="Day of the month, 1 to 31, where periods are aligned to one."
    )
    continues = models.ForeignKey(
        "self",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text="The phase before, where fees that it paid beyond its end are paid for this one too.",
    )

    class Meta:
        ordering: ClassVar = ["subscription_id", "starts_at", "id"]
        constraints: ClassVar = [
            ExclusionConstraint(
                name="subscriptions_phase_no_overlap",
                expressions=[
                    (
                        Func(F("subscription"), F("subscription"), Value("[]"), function="int8range"),
                        RangeOperators.OVERLAPS,
                    ),
                    (
                        Func(
                            F("starts_at"),
                            F("ends_at"),
                            function="tstzrange",
                            output_field=DateTimeRangeField(),
                        ),
                        RangeOperators.OVERLAPS,
                    ),
                ],
            ),
            models.CheckConstraint(
                name="subscriptions_phase_not_backwards",
                condition=Q(ends_at=None) | Q(ends_at__gte=F("starts_at")),
            ),
            models.CheckConstraint(
                name="subscriptions_phase_billing_day_where_aligned",
                condition=Q(alignment=PeriodAlignment.BILLING_DAY, billing_day__gte=1, billing_day__lte=31)
                | (~Q(alignment=PeriodAlignment.BILLING_DAY) & Q(billing_day=None)),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} phase of {self.subscription_id} from {self.starts_at:%Y-%m-%d}"


class SubscriptionItem(models.Model):
    """A price that a phase of a subscription is billed by; it pins the price for good."""

    public_id = PublicIdField(prefix="si")
    subscription = models.ForeignKey(Subscription, on_delete=models.PROTECT, related_name="items")
    phase = models.ForeignKey(Phase, on_delete=models.PROTECT, related_name="items")
    price = models.ForeignKey(Price, on_delete=models.PROTECT, related_name="+")
    quantity = models.PositiveIntegerField(default=1)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["subscription_id", "id"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["phase", "price", "starts_at"], name="subscriptions_item_price_once"
            ),
            models.CheckConstraint(name="subscriptions_item_quantity_positive", condition=Q(quantity__gte=1)),
        ]

    def __str__(self) -> str:
        return self.public_id


class SubscriptionPeriod(models.Model):
    """One billing period of a subscription at one cadence, half-open, materialised.

    The next one starts where the last ended. Each cadence among the prices has a row of its own (a yearly
    plan with monthly usage has two), without overlap. `full_starts_at` and `full_ends_at` are the whole
    period of which this may be a part; they give the proration.
    """

    subscription = models.ForeignKey(Subscription, on_delete=models.PROTECT, related_name="periods")
    phase = models.ForeignKey(Phase, on_delete=models.PROTECT, related_name="periods")
    interval = models.CharField(max_length=10, choices=Interval.choices)
    interval_count = models.PositiveSmallIntegerField()
    cadence = models.PositiveIntegerField(
        help_text="Interval and count as one number, for the exclusion constraint."
    )
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    full_starts_at = models.DateTimeField()
    full_ends_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True, help_text="When its arrears were billed.")
    closed_below = models.BigIntegerField(
        null=True,
        blank=True,
        help_text="Transaction id below which every event had been committed when it closed: a later "
        "event of this period is late, and none can be missed or counted twice.",
    )
    rerated_below = models.BigIntegerField(
        null=True,
        blank=True,
        help_text="The same for the last time that it was rated again; empty until then.",
    )

    class Meta:
        ordering: ClassVar = ["subscription_id", "cadence", "starts_at"]
        constraints: ClassVar = [
            ExclusionConstraint(
                name="subscriptions_period_no_overlap",
                expressions=[
                    (
                        Func(F("subscription"), F("subscription"), Value("[]"), function="int8range"),
                        RangeOperators.OVERLAPS,
                    ),
                    (
                        Func(F("cadence"), F("cadence"), Value("[]"), function="int4range"),
                        RangeOperators.OVERLAPS,
                    ),
                    (
                        Func(
                            F("starts_at"),
                            F("ends_at"),
                            function="tstzrange",
                            output_field=DateTimeRangeField(),
                        ),
                        RangeOperators.OVERLAPS,
                    ),
                ],
            ),
            # An empty range overlaps nothing, so it would slip past the exclusion.
            models.CheckConstraint(
                name="subscriptions_period_not_empty", condition=Q(ends_at__gt=F("starts_at"))
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["subscription", "closed_at", "ends_at"])]

    def __str__(self) -> str:
        return f"{self.starts_at:%Y-%m-%d} – {self.ends_at:%Y-%m-%d}"


class ScheduledChange(models.Model):
    """Something that will happen to a subscription at an instant, unless it is withdrawn.

    A wish replaces an earlier wish about the same (an end, a pause, the plan). Changes that are `planned`
    belong to a schedule of phases (a ramp, an introductory price) and stand beside it, each at its own
    instant.
    """

    public_id = PublicIdField(prefix="change")
    subscription = models.ForeignKey(Subscription, on_delete=models.PROTECT, related_name="changes")
    kind = models.CharField(max_length=12, choices=ChangeKind.choices)
    status = models.CharField(max_length=10, choices=ChangeStatus.choices, default=ChangeStatus.PENDING)
    effective_at = models.DateTimeField()
    plan_version = models.ForeignKey(
        PlanVersion, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    quantity = models.PositiveIntegerField(null=True, blank=True)
    quantities = models.JSONField(
        default=dict, db_default={}, blank=True, help_text="Quantity by price code; others stay."
    )
    billing_day = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text="Day of the month, 1 to 31, to which periods are aligned from then."
    )
    reason = models.CharField(max_length=20, choices=CancelReason.choices, blank=True)
    comment = models.TextField(blank=True)
    planned = models.BooleanField(default=False)
    prorates = models.BooleanField(
        default=True, help_text="Whether the unused rest is credited and the new part charged by its share."
    )
    unused_part = models.CharField(
        max_length=12, choices=UnusedPart.choices, blank=True, help_text="Empty means the plan's policy."
    )
    restarts_period = models.BooleanField(
        default=False, help_text="Whether a new full period begins; else the anchor stays where it can."
    )
    requested_at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True, blank=True, help_text="When it was applied or withdrawn.")

    class Meta:
        ordering: ClassVar = ["-requested_at", "-id"]
        constraints: ClassVar = [
            *(
                models.UniqueConstraint(
                    fields=["subscription"],
                    condition=Q(status=ChangeStatus.PENDING, planned=False, kind__in=kinds),
                    name=f"subscriptions_change_one_{kinds[0].value}",
                )
                for kinds in WISHES
            ),
            models.UniqueConstraint(
                fields=["subscription", "effective_at", "kind"],
                condition=Q(status=ChangeStatus.PENDING, planned=True),
                name="subscriptions_change_one_planned_at",
            ),
            models.CheckConstraint(
                name="subscriptions_change_kind_known", condition=Q(kind__in=ChangeKind.values)
            ),
            models.CheckConstraint(
                name="subscriptions_change_billing_day_in_month",
                condition=Q(billing_day=None) | Q(billing_day__gte=1, billing_day__lte=31),
            ),
            models.CheckConstraint(
                name="subscriptions_change_status_known",
                condition=Q(status__in=ChangeStatus.values),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} of {self.subscription_id} at {self.effective_at:%Y-%m-%d}"


class TrialUse(models.Model):
    """That a customer's trial of a plan has begun: who comes again, by another address too, gets none.

    Of the e-mail address only a digest of the mailbox behind it is kept, for comparison.
    """

    brand = models.ForeignKey(Brand, on_delete=models.PROTECT, related_name="+")
    livemode = models.BooleanField(default=False)
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="+")
    plan = models.ForeignKey(Plan, on_delete=models.PROTECT, related_name="+")
    mailbox_sha256 = models.CharField(max_length=64)
    card_fingerprint = models.CharField(max_length=64, blank=True)
    started_at = models.DateTimeField(help_text="When the first trial began.")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["customer", "plan"], name="subscriptions_trial_use_once")
        ]
        indexes: ClassVar = [
            models.Index(fields=["plan", "mailbox_sha256"], name="subscriptions_trial_mailbox"),
            models.Index(
                fields=["plan", "card_fingerprint"],
                condition=~Q(card_fingerprint=""),
                name="subscriptions_trial_card",
            ),
        ]

    def __str__(self) -> str:
        return f"trial of {self.plan_id} by {self.customer_id}"
