from __future__ import annotations

from datetime import datetime

from django.db import transaction

from apps.payments.gateways.registry import gateway_named
from apps.payments.gateways.terms import BalanceMovement, PayoutState
from apps.payments.models import GatewayMovement, GatewayPayout

# What a later look may tell that an earlier one could not: which payout took it, and when it was free.
LEARNED_LATER = ("payout_ref", "available_at")


def pull_movements(*, gateway: str, since: datetime, until: datetime) -> int:
    """Keep what moved a gateway's account in [since, until), real time, each line once; how many are new.

    Windows may overlap, and should: a payout is named only once it was made. Calls the gateway, so never
    inside a transaction.

    Raises:
        GatewayUnreachable: the gateway did not answer; what was read until then is kept (503).
    """
    provider = gateway_named(gateway)
    for payout in provider.payouts(since=since, until=until):
        _keep_payout(gateway, payout)
    return sum(_keep(gateway, movement) for movement in provider.movements(since=since, until=until))


def _keep_payout(gateway: str, payout: PayoutState) -> None:
    GatewayPayout.objects.update_or_create(
        gateway=gateway,
        gateway_id=payout.gateway_id,
        defaults={"status": payout.status, "arrives_on": payout.arrives_on},
        create_defaults={
            "amount_minor": payout.amount_minor,
            "currency": payout.currency,
            "status": payout.status,
            "created_at": payout.created_at,
            "arrives_on": payout.arrives_on,
        },
    )


@transaction.atomic
def _keep(gateway: str, movement: BalanceMovement) -> bool:
    kept, is_new = GatewayMovement.objects.select_for_update().get_or_create(
        gateway=gateway,
        gateway_id=movement.gateway_id,
        defaults={
            "kind": movement.kind,
            "gross_minor": movement.gross_minor,
            "fee_minor": movement.fee_minor,
            "currency": movement.currency,
            "source_ref": movement.source_ref,
            "related_refs": list(movement.related_refs),
            "payout_ref": movement.payout_ref,
            "description": movement.description[:500],
            "created_at": movement.created_at,
            "available_at": movement.available_at,
        },
    )
    learned = {name: getattr(movement, name) for name in LEARNED_LATER if getattr(movement, name)}
    changed = [name for name, value in learned.items() if getattr(kept, name) != value]
    for name in changed:
        setattr(kept, name, learned[name])
    if changed:
        kept.save(update_fields=changed)
    return is_new
