"""Errors as Stripe answers them: a status and a body with type, code and what it is about."""

from __future__ import annotations

from typing import Any

from sandbox.cards import Decline
from sandbox.messages import Json


class ApiError(Exception):
    """A refusal. `commits` keeps what the request wrote: a declined charge is a fact, a typo is not."""

    def __init__(
        self,
        message: str,
        *,
        status: int = 400,
        type: str = "invalid_request_error",
        code: str | None = None,
        param: str | None = None,
        commits: bool = False,
        extra: Json | None = None,
    ) -> None:
        super().__init__(message)
        self.message, self.status, self.type, self.code = message, status, type, code
        self.param, self.commits, self.extra = param, commits, extra or {}

    def body(self, request_id: str) -> Json:
        error: Json = {"message": self.message, "type": self.type}
        if self.code:
            error["code"] = self.code
            error["doc_url"] = f"https://stripe.com/docs/error-codes/{self.code.replace('_', '-')}"
        if self.param:
            error["param"] = self.param
        error["request_log_url"] = f"https://dashboard.stripe.com/test/logs/{request_id}"
        return {"error": {**error, **self.extra}}


def missing(kind: str, object_id: str, *, param: str | None = None) -> ApiError:
    """404 when the object is the address of the request, 400 when it is named by parameter `param`."""
    noun = {"payment_method": "PaymentMethod", "webhook_endpoint": "webhook endpoint"}.get(kind, kind)
    return ApiError(
        f"No such {noun}: '{object_id}'",
        status=404 if param is None else 400,
        code="resource_missing",
        param=param or "id",
    )


def parameter_missing(param: str) -> ApiError:
    return ApiError(f"Missing required param: {param}.", code="parameter_missing", param=param)


def unexpected_state(noun: str, status: str, verb: str, intent: Json) -> ApiError:
    return ApiError(
        f"You cannot {verb} this {noun} because it has a status of {status}.",
        code=f"{intent['object']}_unexpected_state",
        extra={intent["object"]: intent},
    )


def declined(decline: Decline, **about: Any) -> ApiError:
    """402 of a refused card; `about` carries charge, payment_intent, payment_method or setup_intent."""
    return ApiError(
        decline.message,
        status=402,
        type="card_error",
        code=decline.code,
        param=decline.param,
        commits=True,
        extra={"decline_code": decline.decline_code, **{k: v for k, v in about.items() if v is not None}},
    )
