from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from apps.billing.effects import Effect, digest, effect_of
from apps.billing.errors import NotRateable
from apps.billing.preview_tokens import Fixed, kind_of
from apps.billing.services.run.bill_customer import bill_due_subscriptions
from apps.billing.services.subscriptions.carry_out import CarriedOut, Request, carry_out
from apps.billing.services.subscriptions.make_change import hold_subscription
from apps.billing.services.subscriptions.rehearse_next_bill import MOST_EMPTY_BILLS
from apps.core.errors import DomainError
from apps.invoices.models import CreditNote
from apps.plans.models import PlanVersion
from apps.plans.selectors import prices_of
from apps.pricing.errors import PricingError
from apps.subscriptions.models import Subscription
from apps.subscriptions.selectors import pending_changes
from apps.usage.selectors import current_watermark
from apps.wallets.selectors import balance_of


@dataclass(frozen=True, slots=True)
class Preview:
    """What a request would do, to the cent: what is billed and given back at `at` (UTC), what comes next
    and when, and the balance before and after (minor units of the subscription's currency).

    `next` is None when no bill comes, or where it cannot be told now (`next_is_unknown`). `fixed` is what a
    token of this preview holds.
    """

    subscription: Subscription
    at: datetime
    effective_at: datetime
    version: PlanVersion
    quantity: int
    now: Effect
    next: Effect | None
    next_is_unknown: bool
    balance_before_minor: int
    balance_after_minor: int
    fixed: Fixed

    @property
    def kind(self) -> str:
        return kind_of(self.fixed.request)

    @property
    def is_scheduled(self) -> bool:
        return self.effective_at > self.at


@dataclass(frozen=True, slots=True)
class Made:
    """A request as it was carried out, with its figures and their digests; the rows may be taken back yet."""

    done: CarriedOut
    effect: Effect
    prices: str
    figures: str


def preview_request(*, subscription: Subscription, request: Request, at: datetime) -> Preview:
    """Say exactly what a request would do to a subscription at `at` (UTC), by doing it and taking it back.

    The very services that bill are run, numbers and balance included, below a usage watermark taken first:
    so a confirmation of the same request at the same instant comes to the same. What comes next counts the
    usage so far. Nothing is kept, no number is spent, nobody is told.

    Raises:
        As `carry_out`.
        NotRateable: usage that would be billed cannot be priced at the moment (503).
    """
    try:
        with transaction.atomic():
            preview = _rehearse(subscription, request, at)
            transaction.set_rollback(True)
    except PricingError as error:
        raise NotRateable(str(error)) from error
    return preview


def make_request(*, held: Subscription, request: Request, at: datetime, below: int) -> Made:
    """Carry a request out on a held subscription and measure it, in the caller's transaction."""
    before = _newest_note(held)
    done = carry_out(subscription=held, request=request, at=at, below=below)
    effect = _effect(held, done, before, at)
    change = done.change
    version = change.plan_version if change and change.plan_version else held.plan_version
    target = [
        done.effective_at,
        change and [change.kind, change.quantity, change.quantities, change.unused_part],
    ]
    prices = [version.pk, [price.public_id for price in prices_of(version, held.currency)]]
    return Made(done, effect, _hash(prices), _hash([digest(effect), target]))


def state_of(held: Subscription) -> str:
    """A digest of all that decides what a request comes to: it moves when anything happens to it."""
    phase = held.phases.order_by("-starts_at", "-pk").values_list("pk", "ends_at").first()
    return _hash(
        [
            held.status,
            held.plan_version_id,
            held.quantity,
            held.quantities,
            held.collection_method,
            held.trial_ends_at,
            held.current_period_starts_at,
            held.current_period_ends_at,
            held.next_bill_at,
            phase,
            [change.public_id for change in pending_changes(held.pk)],
        ]
    )


def _rehearse(subscription: Subscription, request: Request, at: datetime) -> Preview:
    watermark = current_watermark()
    held = hold_subscription(subscription_id=subscription.pk)
    state, balance = state_of(held), balance_of(held.customer_id, held.currency)
    made = make_request(held=held, request=request, at=at, below=watermark)
    after = balance_of(held.customer_id, held.currency)
    upcoming, unknown = _upcoming(subscription.pk, made.done)
    change = made.done.change
    return Preview(
        subscription=subscription,
        at=at,
        effective_at=made.done.effective_at,
        version=change.plan_version if change and change.plan_version else subscription.plan_version,
        quantity=change.quantity if change and change.quantity else subscription.quantity,
        now=made.effect,
        next=upcoming,
        next_is_unknown=unknown,
        balance_before_minor=balance,
        balance_after_minor=after,
        fixed=Fixed(
            subscription.public_id, request, at, watermark, balance, state, made.prices, made.figures
        ),
    )


def _upcoming(subscription_id: int, done: CarriedOut) -> tuple[Effect | None, bool]:
    """The bill at which a scheduled request takes effect, else the next one; whether it cannot be told."""
    try:
        with transaction.atomic():
            return _bill_until(hold_subscription(subscription_id=subscription_id), done.effective_at), False
    except (DomainError, PricingError):
        # A price that cannot be rated now may be by then: what is due now is known all the same.
        return None, True


def _bill_until(held: Subscription, effective_at: datetime) -> Effect | None:
    """The first bill of a held subscription at `effective_at` or later; those before are made on the way."""
    empty = 0
    while (instant := held.next_bill_at) is not None and empty < MOST_EMPTY_BILLS:
        before = _newest_note(held)
        invoices = bill_due_subscriptions(customer=held.customer, due=[held], at=instant)
        effect = _effect(held, CarriedOut(instant, invoices=invoices), before, instant)
        if instant >= effective_at and (effect or instant == effective_at):
            return effect
        empty += instant > effective_at
    return None


def _effect(held: Subscription, done: CarriedOut, before: int, at: datetime) -> Effect:
    notes = CreditNote.objects.select_related("invoice").filter(customer_id=held.customer_id, pk__gt=before)
    return effect_of(at=at, currency=held.currency, invoices=done.invoices, notes=list(notes.order_by("pk")))


def _newest_note(held: Subscription) -> int:
    newest = CreditNote.objects.filter(customer_id=held.customer_id).order_by("-pk")
    return newest.values_list("pk", flat=True).first() or 0


def _hash(parts: object) -> str:
    return hashlib.sha256(json.dumps(parts, default=str).encode()).hexdigest()
