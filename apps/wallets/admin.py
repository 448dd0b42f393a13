from __future__ import annotations

from typing import Any, ClassVar

from django.contrib import admin

from apps.core.admin_columns import money_column
from apps.core.read_only_admin import ReadOnlyAdmin, ReadOnlyInline
from apps.core.templatetags.formatting import money
from apps.wallets.models import BalanceMovement, CustomerBalance


class MovementInline(ReadOnlyInline):
    model = BalanceMovement
    fields = ("at", "kind", "amount_minor", "balance_after_minor", "reference_id", "note")
    ordering = ("-id",)


@admin.register(CustomerBalance)
class CustomerBalanceAdmin(ReadOnlyAdmin):
    """Only movements change a balance; giving and taking by hand is a staff page."""

    list_display = ("public_id", "customer", "currency", "balance", "livemode")
    list_filter = ("livemode", "brand", "currency")
    list_select_related = ("customer",)
    search_fields = ("=public_id", "customer__name", "customer__email")
    ordering = ("-id",)
    inlines: ClassVar = [MovementInline]
    balance = money_column("balance_minor", "balance")


@admin.register(BalanceMovement)
class BalanceMovementAdmin(ReadOnlyAdmin):
    list_display = ("at", "balance", "kind", "amount", "after", "reference_id", "note")
    list_filter = ("kind",)
    list_select_related = ("balance",)
    search_fields = ("=public_id", "=reference_id", "=key")
    ordering = ("-id",)

    @admin.display(description="amount", ordering="amount_minor")
    def amount(self, row: BalanceMovement) -> Any:
        return money(row.amount_minor, row.balance.currency)

    @admin.display(description="after", ordering="balance_after_minor")
    def after(self, row: BalanceMovement) -> Any:
        return money(row.balance_after_minor, row.balance.currency)
