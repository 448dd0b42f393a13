"""One connection to PayPal: the SDK's client, and REST with the same token where the SDK has no call."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import httpx
import requests
import structlog
from apimatic_core.exceptions.auth_validation_exception import AuthValidationException
from django.conf import settings
from paypalserversdk.configuration import Configuration, Environment, Server
from paypalserversdk.exceptions.api_exception import ApiException
from paypalserversdk.http.auth.o_auth_2 import ClientCredentialsAuthCredentials
from paypalserversdk.paypal_serversdk_client import PaypalServersdkClient

logger = structlog.get_logger(__name__)

# Seconds to wait for an answer: a slow gateway must not hold a worker for minutes.
TIMEOUT = 20.0
# Answers about this very request. Anything else (no rights, busy, broken) says nothing of it.
REFUSALS = {400, 404, 422}
# What an answer can lack that the SDK's classes expect, after PayPal has done the work.
UNREADABLE = (ValueError, TypeError, AttributeError, KeyError)


class Refused(Exception):
    """PayPal answered that it will not do this. `issue` is its code for the reason."""

    def __init__(self, status: int, body: dict[str, Any]) -> None:
        details = body.get("details") or [{}]
        self.status = status
        self.issue = str(details[0].get("issue") or body.get("name") or "")
        self.message = str(details[0].get("description") or body.get("message") or "")
        super().__init__(f"{status} {self.issue}: {self.message}")


class NoAnswer(Exception):
    """Nobody can tell what PayPal did."""


class Host(Configuration):
    """The SDK's configuration with an address of its own, which the SDK offers no setting for."""

    def get_base_uri(self, server: Server = Server.DEFAULT) -> str:
        return str(settings.PAYPAL_API_BASE)


class Connection:
    """One client for the process, replaced when the settings change. It never retries by itself."""

    def __init__(self) -> None:
        self._client: PaypalServersdkClient | None = None
        self._connected_to: tuple[str, ...] = ()

    @property
    def sdk(self) -> PaypalServersdkClient:
        wanted = (settings.PAYPAL_CLIENT_ID, settings.PAYPAL_CLIENT_SECRET, settings.PAYPAL_API_BASE)
        if self._client is None or self._connected_to != wanted:
            credentials = ClientCredentialsAuthCredentials(
                o_auth_client_id=settings.PAYPAL_CLIENT_ID, o_auth_client_secret=settings.PAYPAL_CLIENT_SECRET
            )
            environment = Environment.PRODUCTION if settings.PAYPAL_LIVE_MODE else Environment.SANDBOX
            self._client = PaypalServersdkClient(
                config=Host(
                    timeout=TIMEOUT,
                    max_retries=0,
                    environment=environment,
                    client_credentials_auth_credentials=credentials,
                )
            )
            self._connected_to = wanted
        return self._client

    def call(self, operation: Callable[[Any], Any], wanted: dict[str, Any] | str) -> dict[str, Any]:
        """Run a call of the SDK, which takes options or an id; the answer as PayPal wrote it.

        Raises:
            Refused: PayPal will not do this.
            NoAnswer: it may have been done.
        """
        try:
            text = operation(wanted).text
        except ApiException as error:
            raise _told(error.response_code, error.response.text) from error
        except (requests.RequestException, AuthValidationException, *UNREADABLE) as error:
            raise _silence(error) from error
        return _json(text)

    def rest(
        self,
        method: str,
        path: str,
        *,
        body: Any = None,
        files: dict[str, tuple[str, bytes, str]] | None = None,
    ) -> dict[str, Any]:
        """A call that the SDK does not have; raises as `call` does."""
        try:
            answer = httpx.request(
                method,
                f"{settings.PAYPAL_API_BASE}{path}",
                json=body,
                files=files,
                headers=self._authorization(),
                timeout=TIMEOUT,
            )
        except (httpx.HTTPError, requests.RequestException) as error:
            raise _silence(error) from error
        if answer.is_success:
            return _json(answer.text)
        raise _told(answer.status_code, answer.text)

    def _authorization(self) -> dict[str, str]:
        auth = self.sdk.oauth_2
        if not auth.is_valid():
            raise NoAnswer("PayPal gave no access token.")
        headers = _Headers()
        auth.apply(headers)
        return dict(headers)


class _Headers(dict[str, str]):
    """What the SDK's authentication writes its header into."""

    def add_header(self, name: str, value: str) -> None:
        self[name] = value


def _told(status: int, text: str) -> Refused | NoAnswer:
    try:
        body = _json(text)
    except NoAnswer:
        body = {}
    if status in REFUSALS:
        return Refused(status, body)
    logger.warning("paypal_unanswered", status=status, name=body.get("name"), debug_id=body.get("debug_id"))
    return NoAnswer(f"PayPal answered {status}.")


def _silence(error: Exception) -> NoAnswer:
    logger.warning("paypal_unanswered", kind=type(error).__name__, error=str(error))
    return NoAnswer(str(error))


def _json(text: str | None) -> dict[str, Any]:
    if not text:
        return {}
    try:
        answer = json.loads(text)
    except ValueError as error:
        raise NoAnswer("PayPal's answer is no JSON.") from error
    return answer if isinstance(answer, dict) else {}
