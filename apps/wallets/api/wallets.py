from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from apps.core.api.views import ApiView
from apps.core.public_ids import new_public_id
from apps.customers.selectors import get_customer, now_for
from apps.plans.selectors import get_meter, get_plan
from apps.wallets.enums import GrantKind, GrantSource, Rollover, TopUpRule
from apps.wallets.grant_selectors import (
    get_grant,
    get_wallet,
    grant_movements_of,
    grants_of,
    wallets_of,
)
from apps.wallets.grant_serializers import (
    CreditGrantSerializer,
    GrantInput,
    GrantMovementSerializer,
    OpenWalletInput,
    UpdateWalletInput,
    VoidGrantInput,
    WalletSerializer,
)
from apps.wallets.grant_terms import GrantTerms, TopUpTerms, WalletTerms
from apps.wallets.models import Wallet
from apps.wallets.services.close_wallet import close_wallet
from apps.wallets.services.grant import grant_credit
from apps.wallets.services.open_wallet import open_wallet
from apps.wallets.services.update_wallet import update_wallet
from apps.wallets.services.void_grant import void_grant


class WalletView(ApiView):
    """What every endpoint here shares: wallets are looked up within the key's brand and mode."""

    def wallet(self, reference: str) -> Wallet:
        return get_wallet(**self.own, reference=reference)


class Wallets(WalletView):
    required_scopes: ClassVar = {"get": "wallets:read", "post": "wallets:write"}

    @extend_schema(
        operation_id="list_wallets",
        responses=WalletSerializer(many=True),
        parameters=[
            OpenApiParameter("customer", str, description="Id or external id of a customer."),
            OpenApiParameter("currency", str, description="ISO 4217; all without."),
        ],
    )
    def get(self, request: Request) -> Response:
        """The wallets of the key's brand and mode, newest first, closed ones too."""
        rows = wallets_of(**self.own)
        if customer := self.filter_value("customer"):
            rows = rows.filter(customer=get_customer(**self.own, reference=customer))
        if currency := self.filter_value("currency"):
            rows = rows.filter(currency=currency.upper())
        return self.list_response(rows, WalletSerializer)

    @extend_schema(operation_id="open_wallet", request=OpenWalletInput, responses={201: WalletSerializer})
    def post(self, request: Request) -> Response:
        """Open a wallet; one that tops itself up below a threshold asks for its first credit at once."""
        form = OpenWalletInput(data=request.data)
        form.is_valid(raise_exception=True)
        asked = form.validated_data
        customer = get_customer(**self.own, reference=asked["customer"])
        terms = WalletTerms(
            name=asked.get("name", ""),
            alert_thresholds=tuple(asked.get("alert_thresholds", ())),
            top_up=_top_up(asked.get("top_up")) or TopUpTerms(),
        )
        currency = (asked["currency"] or customer.currency).upper()
        wallet = open_wallet(customer=customer, currency=currency, terms=terms, at=now_for(customer))
        return self.object_response(wallet, WalletSerializer, status=201)


class WalletDetail(WalletView):
    required_scopes: ClassVar = {"get": "wallets:read", "patch": "wallets:write"}

    @extend_schema(operation_id="get_wallet", responses=WalletSerializer)
    def get(self, request: Request, wallet_id: str) -> Response:
        """One wallet with its balance and its rule."""
        return self.object_response(self.wallet(wallet_id), WalletSerializer)

    @extend_schema(operation_id="update_wallet", request=UpdateWalletInput, responses=WalletSerializer)
    def patch(self, request: Request, wallet_id: str) -> Response:
        """Change a wallet's name, alerts or rule; a rule that is named is replaced as a whole."""
        wallet = self.wallet(wallet_id)
        form = UpdateWalletInput(data=request.data)
        form.is_valid(raise_exception=True)
        update_wallet(
            wallet_id=wallet.pk,
            at=now_for(wallet.customer),
            name=form.validated_data.get("name"),
            alert_thresholds=form.validated_data.get("alert_thresholds"),
            top_up=_top_up(form.validated_data.get("top_up")),
        )
        return self.object_response(self.wallet(wallet_id), WalletSerializer)


class CloseWallet(WalletView):
    required_scopes: ClassVar = {"post": "wallets:write"}

    @extend_schema(operation_id="close_wallet", request=None, responses=WalletSerializer)
    def post(self, request: Request, wallet_id: str) -> Response:
        """Close an empty wallet: it takes no credit any more, and its rule ends."""
        wallet = self.wallet(wallet_id)
        close_wallet(wallet_id=wallet.pk, at=now_for(wallet.customer))
        return self.object_response(self.wallet(wallet_id), WalletSerializer)


class WalletGrants(WalletView):
    required_scopes: ClassVar = {"get": "wallets:read", "post": "wallets:write"}
    keyset_ordering = ("-id",)

    @extend_schema(operation_id="list_wallet_grants", responses=CreditGrantSerializer(many=True))
    def get(self, request: Request, wallet_id: str) -> Response:
        """The grants of a wallet, newest first, used up and ended ones too."""
        return self.list_response(grants_of(self.wallet(wallet_id)), CreditGrantSerializer)

    @extend_schema(
        operation_id="create_wallet_grant", request=GrantInput, responses={201: CreditGrantSerializer}
    )
    def post(self, request: Request, wallet_id: str) -> Response:
        """Give credit free: prepaid credit pays after tax, promotional credit lowers the price before it."""
        wallet = self.wallet(wallet_id)
        form = GrantInput(data=request.data)
        form.is_valid(raise_exception=True)
        grant = grant_credit(
            wallet_id=wallet.pk,
            terms=self._terms(form.validated_data),
            source=GrantSource.GIVEN,
            reference=("wallet", wallet.public_id),
            # Who may repeat the request keeps a key of its own: the Idempotency-Key.
            key=f"given/{new_public_id('key')}",
            at=now_for(wallet.customer),
        )
        return self.object_response(grant, CreditGrantSerializer, status=201)

    def _terms(self, asked: Mapping[str, Any]) -> GrantTerms:
        values = {name: value for name, value in asked.items() if name not in ("plans", "meters")}
        values["kind"] = GrantKind(asked["kind"])
        values["rollover"] = Rollover(asked.get("rollover", Rollover.NONE))
        brand_id = self.credential.brand_id
        plans = [get_plan(reference=code, brand_id=brand_id).pk for code in asked.get("plans", ())]
        meters = [get_meter(reference=code).pk for code in asked.get("meters", ())]
        return GrantTerms(**values, plan_ids=tuple(plans), meter_ids=tuple(meters))


class WalletMovements(WalletView):
    required_scopes: ClassVar = {"get": "wallets:read"}
    keyset_ordering = ("-id",)

    @extend_schema(operation_id="list_wallet_movements", responses=GrantMovementSerializer(many=True))
    def get(self, request: Request, wallet_id: str) -> Response:
        """Why a wallet's balance is what it is, newest first: it is the sum of these."""
        return self.list_response(grant_movements_of(self.wallet(wallet_id)), GrantMovementSerializer)


class VoidCreditGrant(WalletView):
    required_scopes: ClassVar = {"post": "wallets:write"}

    @extend_schema(operation_id="void_credit_grant", request=VoidGrantInput, responses=CreditGrantSerializer)
    def post(self, request: Request, grant_id: str) -> Response:
        """Take back what is left of a grant, for good; what was spent of it stays spent."""
        grant = get_grant(**self.own, reference=grant_id)
        form = VoidGrantInput(data=request.data)
        form.is_valid(raise_exception=True)
        at = now_for(grant.wallet.customer)
        void_grant(grant_id=grant.pk, reason=form.validated_data["reason"], at=at)
        return self.object_response(get_grant(**self.own, reference=grant_id), CreditGrantSerializer)


def _top_up(asked: Mapping[str, Any] | None) -> TopUpTerms | None:
    return None if asked is None else TopUpTerms(**{**asked, "rule": TopUpRule(asked["rule"])})
