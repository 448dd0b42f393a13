from __future__ import annotations

from dataclasses import asdict
from datetime import datetime

from django.db import transaction

from apps.wallets.enums import GrantKind, GrantMovementKind, GrantSource
from apps.wallets.errors import GrantKeyReused, WalletClosed
from apps.wallets.grant_terms import GrantTerms
from apps.wallets.models import CreditGrant, Wallet
from apps.wallets.services.move_grant import GrantChange, lock_wallet, move_grant

_NAMES = {GrantKind.PREPAID: "Prepaid credit", GrantKind.PROMOTIONAL: "Credit"}


@transaction.atomic
def grant_credit(
    *,
    wallet_id: int,
    terms: GrantTerms,
    source: GrantSource,
    reference: tuple[str, str],
    key: str,
    at: datetime,
) -> CreditGrant:
    """Put a grant into a wallet, once a `key`; minor units of the wallet's currency.

    `reference` is (type, public id) of the cause. A prepaid grant that is `given` is booked as goodwill; for
    one that is `paid`, whoever took the money credits customer_credit. It is part of the balance at once, and
    can be spent from `effective_at` on.

    Raises:
        GrantInvalid: the terms contradict themselves (422).
        WalletClosed: the wallet takes no credit (409).
        GrantKeyReused: the key stands for another grant (409).
    """
    terms.check(at)
    wallet = lock_wallet(wallet_id)
    known = CreditGrant.objects.filter(key=key).first()
    if known is not None:
        return _same(known, wallet, terms)
    if wallet.closed_at is not None:
        raise WalletClosed("A closed wallet takes no new credit.")
    values = asdict(terms) | {"plan_ids": list(terms.plan_ids), "meter_ids": list(terms.meter_ids)}
    values["name"] = terms.name or _NAMES[terms.kind]
    values["effective_at"] = terms.effective_at or at
    grant = CreditGrant(wallet=wallet, source=source, key=key, created_at=at, **values)
    return begin_grant(wallet=wallet, grant=grant, reference=reference, at=at)


def begin_grant(
    *, wallet: Wallet, grant: CreditGrant, reference: tuple[str, str], at: datetime
) -> CreditGrant:
    """Save a new grant of a locked wallet, and credit it with its amount."""
    grant.reference_type, grant.reference_id = reference
    grant.save(force_insert=True)
    change = GrantChange(
        GrantMovementKind.GRANTED, grant.amount_minor, reference, f"granted/{grant.public_id}", at
    )
    move_grant(wallet=wallet, grant=grant, change=change)
    return grant


def _same(known: CreditGrant, wallet: Wallet, terms: GrantTerms) -> CreditGrant:
    asked = (wallet.pk, terms.kind, terms.amount_minor)
    if (known.wallet_id, known.kind, known.amount_minor) != asked:
        raise GrantKeyReused(f"The key '{known.key}' stands for another grant.")
    return known
