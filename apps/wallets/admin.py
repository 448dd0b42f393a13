from __future__ import annotations

from typing import Any, ClassVar

from django.contrib import admin
from django.http import HttpRequest
from django.utils.html import format_html, format_html_join

from apps.core.admin_columns import money_column
from apps.core.asking_admin import AskingAdmin, Question
from apps.core.read_only_admin import ReadOnlyAdmin, ReadOnlyInline
from apps.core.templatetags.formatting import money
from apps.customers.selectors import now_for
from apps.wallets.enums import GrantSource
from apps.wallets.forms import GrantForm, OpenWalletForm, ReasonForm, WalletForm, rule_of
from apps.wallets.grant_terms import WalletTerms
from apps.wallets.models import (
    BalanceMovement,
    CreditGrant,
    CustomerBalance,
    GrantMovement,
    TopUpIntent,
    Wallet,
)
from apps.wallets.services.close_wallet import close_wallet
from apps.wallets.services.grant import grant_credit
from apps.wallets.services.open_wallet import open_wallet
from apps.wallets.services.update_wallet import update_wallet
from apps.wallets.services.void_grant import void_grant


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


class GrantMovementInline(ReadOnlyInline):
    model = GrantMovement
    fk_name = "grant"
    fields = ("at", "kind", "amount_minor", "remaining_after_minor", "reference_id", "note")
    ordering = ("-id",)


class GrantInline(ReadOnlyInline):
    model = CreditGrant
    show_change_link = True
    fields = (
        "name",
        "kind",
        "source",
        "amount",
        "remaining",
        "priority",
        "expires_at",
        "voided_at",
    )
    readonly_fields = ("amount", "remaining")
    ordering = ("-id",)

    @admin.display(description="amount")
    def amount(self, row: CreditGrant) -> Any:
        return money(row.amount_minor, row.wallet.currency)

    @admin.display(description="left")
    def remaining(self, row: CreditGrant) -> Any:
        return money(row.remaining_minor, row.wallet.currency)


@admin.register(Wallet)
class WalletAdmin(AskingAdmin):
    """Only movements change a balance: credit is given by the button, and taken back on a grant's page."""

    list_display = (
        "public_id",
        "customer",
        "name",
        "currency",
        "balance",
        "top_up_rule",
        "closed_at",
        "livemode",
    )
    list_filter = ("livemode", "brand", "currency", "top_up_rule", ("closed_at", admin.EmptyFieldListFilter))
    list_select_related = ("customer",)
    search_fields = ("=public_id", "name", "customer__name", "customer__email")
    ordering = ("-id",)
    raw_id_fields = ("customer",)
    inlines: ClassVar = [GrantInline]
    balance = money_column("balance_minor", "balance")
    shown = ("public_id", "customer", "name", "balance", "alerts", "top_up", "closed_at", "livemode")
    acts: ClassVar = {"credit": "Give credit", "rule": "Alerts and top-up", "close": "Close"}

    def ask(self, act: str, row: Wallet, data: Any) -> Question:
        match act:
            case "credit":
                effect = "Prepaid credit is booked as goodwill."
                return Question(f"Give credit to {row}?", effect, "Give credit", GrantForm(data))
            case "rule":
                effect = "A wallet below its threshold asks for credit at once."
                form = WalletForm(data, initial=rule_of(row))
                return Question(f"Change {row}?", effect, "Change", form)
        effect = "It takes no credit any more, and its top-up rule ends. It must be empty."
        return Question(f"Close {row}?", effect, "Close the wallet")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("wallets.add_wallet")

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        return super().get_form(request, obj, change, **kwargs) if change else OpenWalletForm

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return self.shown if obj else OpenWalletForm.Meta.fields

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return self.shown if obj else ()

    @admin.display(description="tells below")
    def alerts(self, row: Wallet) -> Any:
        return (
            format_html_join(", ", "{}", ((money(minor, row.currency),) for minor in row.alert_thresholds))
            or "–"
        )

    @admin.display(description="top-up")
    def top_up(self, row: Wallet) -> Any:
        if row.top_up_amount_minor is None:
            return row.get_top_up_rule_display()
        return format_html(
            "{}: {}", row.get_top_up_rule_display(), money(row.top_up_amount_minor, row.currency)
        )

    def get_inlines(self, request: HttpRequest, obj: Any = None) -> Any:
        return self.inlines if obj else []

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        values = form.cleaned_data
        opened = open_wallet(
            customer=values["customer"],
            currency=values["currency"],
            terms=WalletTerms(name=values["name"]),
            at=now_for(values["customer"]),
        )
        # Lets the admin go on with the row that the service has made.
        obj.pk, obj.public_id = opened.pk, opened.public_id
        obj._state.adding = False

    def act(self, act: str, row: Wallet, form: Any) -> str:
        at = now_for(row.customer)
        match act:
            case "credit":
                grant_credit(
                    wallet_id=row.pk,
                    terms=form.terms(),
                    source=GrantSource.GIVEN,
                    reference=("wallet", row.public_id),
                    key=f"given/{form.cleaned_data['key']}",
                    at=at,
                )
                return "Credit was given."
            case "rule":
                update_wallet(wallet_id=row.pk, at=at, **form.values())
                return "The wallet was changed."
        close_wallet(wallet_id=row.pk, at=at)
        return "The wallet is closed."


@admin.register(CreditGrant)
class CreditGrantAdmin(AskingAdmin):
    list_display = (
        "name",
        "wallet",
        "kind",
        "source",
        "amount",
        "remaining",
        "priority",
        "expires_at",
        "voided_at",
    )
    list_filter = ("kind", "source", "rollover", "wallet__currency", "wallet__livemode")
    list_select_related = ("wallet",)
    search_fields = ("=public_id", "=reference_id", "=wallet__public_id", "wallet__customer__name")
    ordering = ("-id",)
    inlines: ClassVar = [GrantMovementInline]
    acts: ClassVar = {"void": "Void"}

    @admin.display(description="amount", ordering="amount_minor")
    def amount(self, row: CreditGrant) -> Any:
        return money(row.amount_minor, row.wallet.currency)

    @admin.display(description="remaining", ordering="remaining_minor")
    def remaining(self, row: CreditGrant) -> Any:
        return money(row.remaining_minor, row.wallet.currency)

    def ask(self, act: str, row: CreditGrant, data: Any) -> Question:
        left = money(row.remaining_minor, row.wallet.currency)
        effect = f"{left} are taken back for good; what was spent stays spent."
        return Question(f"Void {row}?", effect, "Void the grant", ReasonForm(data))

    def act(self, act: str, row: CreditGrant, form: Any) -> str:
        void_grant(grant_id=row.pk, reason=form.cleaned_data["reason"], at=now_for(row.wallet.customer))
        return "The grant was voided."


@admin.register(GrantMovement)
class GrantMovementAdmin(ReadOnlyAdmin):
    list_display = ("at", "grant", "kind", "amount", "after", "reference_id")
    list_filter = ("kind",)
    list_select_related = ("wallet", "grant")
    search_fields = ("=public_id", "=reference_id", "=key", "=wallet__public_id")
    ordering = ("-id",)

    @admin.display(description="amount", ordering="amount_minor")
    def amount(self, row: GrantMovement) -> Any:
        return money(row.amount_minor, row.wallet.currency)

    @admin.display(description="wallet after", ordering="wallet_after_minor")
    def after(self, row: GrantMovement) -> Any:
        return money(row.wallet_after_minor, row.wallet.currency)


@admin.register(TopUpIntent)
class TopUpIntentAdmin(ReadOnlyAdmin):
    list_display = ("created_at", "wallet", "reason", "status", "amount", "reference_id", "failure")
    list_filter = ("status", "reason")
    list_select_related = ("wallet",)
    search_fields = ("=public_id", "=reference_id", "=wallet__public_id")
    ordering = ("-id",)

    @admin.display(description="amount", ordering="amount_minor")
    def amount(self, row: TopUpIntent) -> Any:
        return money(row.amount_minor, row.wallet.currency)
