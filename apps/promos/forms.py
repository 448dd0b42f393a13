"""Forms of the admin: amounts are written as people write them, faults are those of the services."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import Any

from django import forms

from apps.core.form_fields import LinesField
from apps.customers.models import Customer
from apps.pricing.currencies import exponent, is_currency
from apps.promos.enums import CouponDuration, CouponType
from apps.promos.models import Coupon, PromotionCode
from apps.promos.validation import LIMITS, CurrencyTerms, NewCoupon, RedeemLimits, coupon_faults, limit_faults


class AmountsField(LinesField):
    """Amounts by currency in minor units, written one per line in major units: `EUR 15.00`."""

    def to_python(self, value: Any) -> dict[str, int]:  # type: ignore[override]
        amounts: dict[str, int] = {}
        for line in super().to_python(value):
            currency, minor = _amount(line)
            if currency in amounts:
                raise forms.ValidationError(f"{currency} stands twice.", code="repeated")
            amounts[currency] = minor
        return amounts

    def has_changed(self, initial: Any, data: Any) -> bool:
        return bool(data)


class LimitsForm(forms.ModelForm):
    """What may be changed of what exists."""

    def clean(self) -> dict[str, Any]:
        values = super().clean() or self.cleaned_data
        if set(LIMITS) <= set(values):
            limits = RedeemLimits(**{name: values[name] for name in LIMITS})
            for fault in limit_faults(limits, redeemed=self.instance.redeemed_count):
                self.add_error(fault.field, fault.message)
        return values


class CouponForm(LimitsForm):
    """A coupon that exists: what it takes off is not here."""

    class Meta:
        model = Coupon
        fields = ("name", *LIMITS)


class NewCouponForm(forms.ModelForm):
    amounts = AmountsField(help_text="Of a fixed coupon, one per line: EUR 15.00")
    minimums = AmountsField(
        help_text="What it covers comes to at least, one per line: EUR 100.00. A percentage is then good in "
        "these currencies only; EUR 0 limits it to EUR without a minimum."
    )

    class Meta:
        model = Coupon
        fields = (
            "brand",
            "livemode",
            "code",
            "name",
            "type",
            "percent",
            "amounts",
            "minimums",
            "duration",
            "duration_invoices",
            "combinable",
            "plans",
            "products",
            "meters",
            *LIMITS,
        )

    def clean(self) -> dict[str, Any]:
        values = super().clean() or self.cleaned_data
        if self.errors:
            return values
        own = Coupon.objects.filter(brand=values["brand"], livemode=values["livemode"])
        if own.filter(code__iexact=values["code"]).exists():
            self.add_error("code", "There is a coupon with this code already.")
            return values
        new = new_coupon(values)
        for fault in coupon_faults(new):
            name = (fault.field or "").split("[")[0]
            self.add_error(name if name in self.fields else None, fault.message)
        return values


class PromotionCodeForm(LimitsForm):
    class Meta:
        model = PromotionCode
        fields = ("coupon", "code", "customer", "first_purchase_only", *LIMITS)

    def clean(self) -> dict[str, Any]:
        values = super().clean()
        coupon, customer = values.get("coupon"), values.get("customer")
        if coupon is not None and coupon.archived_at is not None:
            self.add_error("coupon", "The coupon is archived.")
        if coupon is not None and customer is not None and _owner(customer) != _owner(coupon):
            self.add_error("customer", "The customer is of another brand or mode than the coupon.")
        if coupon is not None and values.get("code") and self.instance.pk is None:
            own = PromotionCode.objects.filter(brand_id=coupon.brand_id, livemode=coupon.livemode)
            if own.filter(code__iexact=values["code"]).exists():
                self.add_error("code", "There is such a code already.")
        return values


def new_coupon(values: dict[str, Any]) -> NewCoupon:
    """The terms that a clean `NewCouponForm` says."""
    amounts, minimums = values["amounts"], values["minimums"]
    return NewCoupon(
        code=values["code"],
        name=values["name"],
        type=CouponType(values["type"]),
        percent=values["percent"],
        currencies=[
            CurrencyTerms(currency, amounts.get(currency), minimums.get(currency, 0))
            for currency in dict.fromkeys([*amounts, *minimums])
        ],
        duration=CouponDuration(values["duration"]),
        invoices=values["duration_invoices"],
        combinable=values["combinable"],
        plans=list(values["plans"]),
        products=list(values["products"]),
        meters=list(values["meters"]),
        limits=RedeemLimits(**{name: values[name] for name in LIMITS}),
    )


def _owner(row: Coupon | Customer) -> tuple[int, bool]:
    return row.brand_id, row.livemode


def _amount(line: str) -> tuple[str, int]:
    currency, _, written = line.partition(" ")
    currency = currency.upper()
    if not is_currency(currency):
        raise forms.ValidationError(f"'{currency}' is no currency: write EUR 15.00.", code="currency")
    try:
        minor = Decimal(written.strip()).scaleb(exponent(currency))
    except InvalidOperation:
        raise forms.ValidationError(f"'{line}' is no amount: write EUR 15.00.", code="amount") from None
    if not minor.is_finite() or minor != int(minor) or minor < 0:
        raise forms.ValidationError(f"'{line}' is no amount in {currency}.", code="amount")
    return currency, int(minor)
