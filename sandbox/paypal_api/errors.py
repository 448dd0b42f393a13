"""Refusals as PayPal writes them: a name, and an issue that tells the reason."""

from __future__ import annotations

from sandbox.messages import Json

_NAMES = {
    400: "INVALID_REQUEST",
    401: "AUTHENTICATION_FAILURE",
    404: "RESOURCE_NOT_FOUND",
    409: "RESOURCE_CONFLICT",
    422: "UNPROCESSABLE_ENTITY",
    429: "RATE_LIMIT_REACHED",
    500: "INTERNAL_SERVER_ERROR",
}


class PayPalError(Exception):
    """A refusal, after which nothing is kept."""

    def __init__(self, status: int, issue: str = "", description: str = "") -> None:
        super().__init__(issue)
        self.status, self.issue, self.description = status, issue, description

    def body(self, debug_id: str) -> Json:
        details = [{"issue": self.issue, "description": self.description}] if self.issue else []
        return {
            "name": _NAMES[self.status],
            "message": self.description or _NAMES[self.status],
            "debug_id": debug_id,
            "details": details,
        }


def unprocessable(issue: str, description: str) -> PayPalError:
    return PayPalError(422, issue, description)


def not_found(object_id: str) -> PayPalError:
    return PayPalError(404, "INVALID_RESOURCE_ID", f"Nothing here has the id {object_id}.")
