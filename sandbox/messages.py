"""Requests and responses apart from any transport, so the core can also run in the caller's process."""

from __future__ import annotations

import ipaddress
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Request:
    """One HTTP request. Header names are lower case; `query` and `body` are still encoded."""

    method: str
    path: str
    query: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""

    @property
    def base_url(self) -> str:
        """Address under which the caller reached the sandbox, without a trailing slash."""
        return f"http://{self.headers.get('host', '127.0.0.1')}"


@dataclass(slots=True)
class Response:
    """One HTTP response. `hang_up` means: close the connection and send nothing at all."""

    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    hang_up: bool = False

    def json(self) -> Any:
        return json.loads(self.body)


def json_response(value: Any, *, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    body = json.dumps(value, separators=(",", ":")).encode()
    return Response(status, body, {"Content-Type": "application/json", **(headers or {})})


def is_loopback_host(host: str | None) -> bool:
    """Whether a host name, without its port, can only mean this machine."""
    if host is None:
        return False
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def is_loopback_url(url: str) -> bool:
    """Whether an http(s) URL or origin points at this machine."""
    try:
        parts = urlsplit(url)
        return parts.scheme in {"http", "https"} and is_loopback_host(parts.hostname)
    except ValueError:
        return False
