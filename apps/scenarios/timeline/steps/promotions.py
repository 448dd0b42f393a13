from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from apps.plans.models import Meter, Plan
from apps.pricing.money import Money
from apps.promos.services.redeem import redeem_coupon
from apps.scenarios.timeline.stage import Stage
from apps.scenarios.timeline.story import Step, instant
from apps.wallets.enums import GrantKind, GrantSource
from apps.wallets.grant_terms import GrantTerms, WalletTerms
from apps.wallets.models import Wallet
from apps.wallets.services.grant import grant_credit
from apps.wallets.services.open_wallet import open_wallet


def redeem_code(stage: Stage, step: Step) -> None:
    named = step.given.get("subscription")
    redeem_coupon(
        customer=stage.customer,
        code=step.given["code"],
        subscription=None if named is None else stage.subscription(named),
        at=step.at,
    )


def give_credit(stage: Stage, step: Step) -> None:
    """Put a grant into a wallet, which is opened when it is first named.

    Raises:
        LookupError: it names a plan or a meter that is not there.
    """
    given, currency = step.given, stage.story.customer["currency"]
    terms = GrantTerms(
        kind=GrantKind(given.get("kind", GrantKind.PREPAID)),
        amount_minor=Money.from_exact(Decimal(given["amount"]), currency).minor,
        name=given.get("name", ""),
        priority=int(given.get("priority", 25)),
        effective_at=_time(stage, given.get("starts_at")),
        expires_at=_time(stage, given.get("expires_at")),
        plan_ids=tuple(_key(Plan, code) for code in given.get("plans") or ()),
        meter_ids=tuple(_key(Meter, code) for code in given.get("meters") or ()),
    )
    grant_credit(
        wallet_id=_wallet(stage, str(given.get("wallet", "")), currency, step.at).pk,
        terms=terms,
        source=GrantSource.GIVEN,
        reference=("scenario", step.place),
        key=f"scenario:{step.place}",
        at=step.at,
    )


def _wallet(stage: Stage, name: str, currency: str, at: datetime) -> Wallet:
    own = Wallet.objects.filter(customer=stage.customer, currency=currency, name=name, closed_at=None)
    return own.first() or open_wallet(
        customer=stage.customer, currency=currency, terms=WalletTerms(name=name), at=at
    )


def _time(stage: Stage, value: str | None) -> datetime | None:
    return None if value is None else instant(value, stage.story.zone)


def _key(model: type[Plan] | type[Meter], code: str) -> int:
    found = model.objects.filter(code=code).first()
    if found is None:
        raise LookupError(f"{model.__name__.lower()} {code!r}")
    return found.pk
