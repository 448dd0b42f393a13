from __future__ import annotations

from datetime import datetime

from django.db import transaction

from apps.audit.services.record import record_event
from apps.wallets.enums import NEXT_TOP_UP, GrantKind, GrantSource, TopUpReason, TopUpStatus
from apps.wallets.errors import TopUpRefused
from apps.wallets.grant_terms import GrantTerms
from apps.wallets.models import CreditGrant, TopUpIntent, Wallet
from apps.wallets.services.grant import grant_credit
from apps.wallets.services.move_grant import lock_wallet


@transaction.atomic
def bill_top_up(*, top_up_id: int, reference: tuple[str, str]) -> TopUpIntent:
    """Note what bills an open top-up: (type, public id) of the invoice.

    Raises:
        TopUpRefused: it is over, or something else bills it (409).
    """
    _, intent = _lock(top_up_id)
    if (intent.reference_type, intent.reference_id) == reference:
        return intent
    if intent.status != TopUpStatus.OPEN or intent.reference_id:
        raise TopUpRefused("This top-up is billed already, or over.")
    intent.reference_type, intent.reference_id = reference
    intent.save(update_fields=["reference_type", "reference_id"])
    return intent


@transaction.atomic
def fulfil_top_up(*, top_up_id: int, at: datetime, expires_at: datetime | None = None) -> CreditGrant:
    """Put what was paid for into the wallet as a prepaid grant; whoever took the money has booked it.

    A second call returns the same grant.

    Raises:
        TopUpRefused: it was given up (409).
    """
    wallet, intent = _lock(top_up_id)
    if intent.grant is not None:
        return intent.grant
    _check_move(intent, TopUpStatus.FULFILLED)
    intent.grant = grant_credit(
        wallet_id=wallet.pk,
        terms=GrantTerms(GrantKind.PREPAID, intent.amount_minor, expires_at=expires_at),
        source=GrantSource.PAID,
        reference=("top_up_intent", intent.public_id),
        key=f"top_up/{intent.public_id}",
        at=at,
    )
    _settle(wallet, intent, TopUpStatus.FULFILLED, at)
    return intent.grant


@transaction.atomic
def fail_top_up(*, top_up_id: int, reason: str, at: datetime) -> TopUpIntent:
    """Give an open top-up up; a rule that asked for it rests until it is set anew.

    Raises:
        TopUpRefused: it was fulfilled (409).
    """
    wallet, intent = _lock(top_up_id)
    if intent.status == TopUpStatus.FAILED:
        return intent
    _check_move(intent, TopUpStatus.FAILED)
    intent.failure = reason[:300]
    if intent.reason != TopUpReason.REQUEST:
        wallet.top_up_paused_at = at
        wallet.save(update_fields=["top_up_paused_at"])
    _settle(wallet, intent, TopUpStatus.FAILED, at)
    return intent


def _lock(top_up_id: int) -> tuple[Wallet, TopUpIntent]:
    wallet = lock_wallet(TopUpIntent.objects.values_list("wallet_id", flat=True).get(pk=top_up_id))
    return wallet, TopUpIntent.objects.select_related("grant").get(pk=top_up_id)


def _check_move(intent: TopUpIntent, status: TopUpStatus) -> None:
    if status not in NEXT_TOP_UP.get(TopUpStatus(intent.status), ()):
        raise TopUpRefused(f"This top-up is {intent.status}.")


def _settle(wallet: Wallet, intent: TopUpIntent, status: TopUpStatus, at: datetime) -> None:
    intent.status, intent.settled_at = status, at
    intent.save(update_fields=["status", "settled_at", "grant", "failure"])
    data = {
        "top_up": intent.public_id,
        "reason": intent.reason,
        "amount_minor": intent.amount_minor,
        "currency": wallet.currency,
        "failure": intent.failure,
    }
    record_event(name=f"wallet.top_up_{status.value}", subject=wallet, at=at, data=data)
