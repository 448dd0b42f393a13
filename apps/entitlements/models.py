"""What a customer may do now: the access level, and feature flags with plan targeting."""

from __future__ import annotations

from hashlib import sha256
from typing import ClassVar

from django.db import models
from django.http import HttpRequest
from waffle.models import AbstractUserFlag
from waffle.utils import get_setting

from apps.customers.models import Customer
from apps.entitlements.enums import AccessLevel, AccessReason
from apps.plans.models import Plan
from apps.subscriptions.selectors import live_subscriptions_of


class CustomerAccess(models.Model):
    """The access level of a customer; no row means full access."""

    customer = models.OneToOneField(
        Customer, on_delete=models.CASCADE, primary_key=True, related_name="access"
    )
    level = models.CharField(max_length=10, choices=AccessLevel.choices, default=AccessLevel.FULL)
    reason = models.CharField(
        max_length=20, choices=AccessReason.choices, default=AccessReason.IN_GOOD_STANDING
    )
    since_at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "customer access"
        constraints: ClassVar = [
            models.CheckConstraint(
                name="entitlements_access_level_known",
                condition=models.Q(level__in=AccessLevel.values),
            )
        ]

    def __str__(self) -> str:
        return f"{self.level} for {self.customer_id}"


class FeatureFlag(AbstractUserFlag):
    """A waffle flag that can also be switched on for plans, for single customers, and for a share of
    customers.

    Pages ask with the request (`waffle.flag_is_active`), everything else with the customer
    (`selectors.feature_is_on`). Both give the same answer, for every member of a customer and on every
    machine. waffle asks its flags themselves, so the reads are here.
    """

    plans = models.ManyToManyField(
        Plan, blank=True, related_name="+", help_text="On for subscribers of these plans."
    )
    customers = models.ManyToManyField(
        Customer, blank=True, related_name="+", help_text="On for these customers."
    )

    class Meta(AbstractUserFlag.Meta):
        abstract = False
        verbose_name = "feature flag"  # type: ignore[assignment]

    def is_active_for_customer(self, customer: Customer) -> bool:
        """Whether the feature is on for a customer, whoever acts for it.

        "Everyone" decides alone where it is set; else any of customer, plan of a running subscription, and
        percentage switches it on. A flag that nobody has made is `WAFFLE_FLAG_DEFAULT`.
        """
        if not self.pk:
            return bool(get_setting("FLAG_DEFAULT"))
        if self.everyone is not None:
            return bool(self.everyone)
        return self._names(customer) or self._is_in_share(customer) or self._has_plan_of(customer)

    def _names(self, customer: Customer) -> bool:
        return self.customers.filter(pk=customer.pk).exists()

    def _has_plan_of(self, customer: Customer) -> bool:
        running = live_subscriptions_of(customer.pk)
        return running.filter(plan_version__plan__in=self.plans.all()).exists()

    def _is_in_share(self, customer: Customer) -> bool:
        """A customer has a fixed place among 1,000 for each flag: a rising percentage only adds."""
        place = sha256(f"{self.name}:{customer.public_id}".encode()).digest()
        return int.from_bytes(place[:8], "big") % 1000 < int((self.percent or 0) * 10)

    def _is_active_for_user(self, request: HttpRequest) -> bool | None:
        """waffle's own rules for persons, and then those for the customer that the person acts for."""
        if super()._is_active_for_user(request):
            return True
        customer = getattr(request, "customer", None)
        # No answer lets waffle draw its percentage for people whom no customer stands behind.
        return None if customer is None else self.is_active_for_customer(customer)
