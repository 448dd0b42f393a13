from __future__ import annotations

from typing import Any, ClassVar

from django.contrib import admin

from apps.core.admin_columns import money_column
from apps.core.read_only_admin import ReadOnlyAdmin, ReadOnlyInline
from apps.ledger.models import Account, Entry, Transaction


class EntryInline(ReadOnlyInline):
    model = Entry
    fields = ("account", "amount_minor", "currency")

    def get_queryset(self, request: Any) -> Any:
        return super().get_queryset(request).select_related("account")


@admin.register(Transaction)
class TransactionAdmin(ReadOnlyAdmin):
    list_display = ("at", "kind", "reference_type", "reference_id", "public_id", "livemode")
    list_filter = ("livemode", "kind")
    search_fields = ("=public_id", "=reference_id", "=key")
    search_help_text = "A whole id: of the transaction or of what caused it, or a key."
    ordering = ("-id",)
    inlines: ClassVar = [EntryInline]


@admin.register(Account)
class AccountAdmin(ReadOnlyAdmin):
    list_display = ("code", "kind", "currency", "brand_id", "livemode")
    list_filter = ("livemode", "kind", "currency")


@admin.register(Entry)
class EntryAdmin(ReadOnlyAdmin):
    list_display = ("transaction", "account", "amount")
    list_select_related = ("transaction", "account")
    search_fields = ("=transaction__public_id", "=transaction__reference_id")
    ordering = ("-id",)
    amount = money_column("amount_minor", "amount")
