from __future__ import annotations

from datetime import datetime

from django.db import transaction

from apps.billing.errors import NotRateable, PreviewOutdated
from apps.billing.preview_tokens import LIFETIME, Fixed, read_preview_token
from apps.billing.services.subscriptions.carry_out import CarriedOut, Request
from apps.billing.services.subscriptions.make_change import hold_subscription
from apps.billing.services.subscriptions.preview_request import make_request, preview_request, state_of
from apps.core.errors import DomainError, InvalidInput
from apps.pricing.errors import PricingError
from apps.subscriptions.models import Subscription
from apps.wallets.selectors import balance_of


def confirm_preview(
    *,
    subscription: Subscription,
    token: str,
    at: datetime,
    now: datetime,
    expects: type[Request] | None = None,
) -> CarriedOut:
    """Do exactly what a preview has shown: at its instant, below its usage watermark, for its amounts.

    `at` is the customer's time, `now` real time (both UTC): they decide whether it still holds. Usage that
    was stored after the preview is not in the charge; it is late usage of what is closed here. `expects`
    refuses a token of another kind of request. One transaction: all of it, or nothing.

    Raises:
        PreviewOutdated: anything differs by now: it has expired, a boundary lies between, the subscription,
            its balance or its prices moved, or it would come to other amounts (409).
        NotRateable: usage that it bills cannot be priced at the moment (503).
        InvalidInput: it is no token, or one of another subscription or request (422).
    """
    fixed, expires_at = read_preview_token(token)
    if fixed.subscription != subscription.public_id:
        raise InvalidInput("This token is of another subscription.", field="preview_token")
    if expects is not None and not isinstance(fixed.request, expects):
        raise InvalidInput("This token is of another request.", field="preview_token")
    try:
        if now >= expires_at or at - fixed.at >= LIFETIME:
            raise PreviewOutdated("The preview has expired.")
        return _as_fixed(subscription, fixed, at)
    except PricingError as error:
        raise NotRateable(str(error)) from error
    except DomainError as error:
        raise _outdated(subscription, fixed.request, at, error) from error


@transaction.atomic
def _as_fixed(subscription: Subscription, fixed: Fixed, at: datetime) -> CarriedOut:
    # The lock makes a second confirmation wait, and then find the subscription moved.
    held = hold_subscription(subscription_id=subscription.pk)
    if state_of(held) != fixed.state:
        raise PreviewOutdated("The subscription has changed since.")
    if held.next_bill_at is not None and fixed.at < held.next_bill_at <= at:
        raise PreviewOutdated("A period has ended since.")
    if balance_of(held.customer_id, held.currency) != fixed.balance_minor:
        raise PreviewOutdated("The balance has changed since.")
    made = make_request(held=held, request=fixed.request, at=fixed.at, below=fixed.watermark)
    if made.prices != fixed.prices:
        raise PreviewOutdated("The price list has changed since.")
    if made.figures != fixed.figures:
        raise PreviewOutdated("It would come to other amounts by now.")
    return made.done


def _outdated(
    subscription: Subscription, request: Request, at: datetime, error: DomainError
) -> PreviewOutdated:
    try:
        anew = preview_request(subscription=subscription, request=request, at=at)
    except DomainError as refusal:
        return PreviewOutdated(f"{error.message} It is not possible any more: {refusal.message}")
    return PreviewOutdated(error.message, preview=anew)
