"""The token of a preview: what was shown, fixed and signed, so that confirming it does exactly that."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from django.core import signing

from apps.billing.enums import CancelTiming
from apps.billing.services.subscriptions.carry_out import (
    CancelRequest,
    PauseRequest,
    Request,
    ResumeRequest,
    UndoRequest,
)
from apps.billing.services.subscriptions.change_plan import ChangeRequest
from apps.core.errors import InvalidInput
from apps.plans.policies import Timing

SALT = "billing.preview"
LIFETIME = timedelta(hours=1)
KINDS: Mapping[str, type[Request]] = {
    "change": ChangeRequest,
    "cancel": CancelRequest,
    "pause": PauseRequest,
    "resume": ResumeRequest,
    "undo": UndoRequest,
}
INSTANTS = ("effective_at", "resume_at")


@dataclass(frozen=True, slots=True)
class Fixed:
    """What a preview rests on. `at` is the customer's time, `watermark` that of usage, the balance is in
    minor units of the subscription's currency; `state`, `prices` and `figures` are digests.
    """

    subscription: str
    request: Request
    at: datetime
    watermark: int
    balance_minor: int
    state: str
    prices: str
    figures: str


def kind_of(request: Request) -> str:
    return next(name for name, kind in KINDS.items() if isinstance(request, kind))


def preview_token(fixed: Fixed, *, now: datetime) -> str:
    """The signed token, good for an hour of real time (`now`, UTC)."""
    plain = {
        "subscription": fixed.subscription,
        "kind": kind_of(fixed.request),
        "request": {name: _written(value) for name, value in asdict(fixed.request).items()},
        "at": fixed.at.isoformat(),
        "expires_at": (now + LIFETIME).isoformat(),
        "watermark": fixed.watermark,
        "balance_minor": fixed.balance_minor,
        "state": fixed.state,
        "prices": fixed.prices,
        "figures": fixed.figures,
    }
    return signing.dumps(plain, salt=SALT, compress=True)


def read_preview_token(token: str) -> tuple[Fixed, datetime]:
    """What a token fixes, and when it expires (real time, UTC).

    Raises:
        InvalidInput: it is not one of ours (422).
    """
    try:
        plain = signing.loads(token, salt=SALT)
    except signing.BadSignature as error:
        raise InvalidInput("This is no token of a preview.", field="preview_token") from error
    fixed = Fixed(
        subscription=plain["subscription"],
        request=_request(plain["kind"], plain["request"]),
        at=datetime.fromisoformat(plain["at"]),
        watermark=plain["watermark"],
        balance_minor=plain["balance_minor"],
        state=plain["state"],
        prices=plain["prices"],
        figures=plain["figures"],
    )
    return fixed, datetime.fromisoformat(plain["expires_at"])


def _written(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value


def _request(kind: str, values: dict[str, Any]) -> Request:
    for name in INSTANTS:
        if values.get(name):
            values[name] = datetime.fromisoformat(values[name])
    if values.get("timing"):
        values["timing"] = Timing(values["timing"]) if kind == "change" else CancelTiming(values["timing"])
    return KINDS[kind](**values)
