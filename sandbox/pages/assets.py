"""The sandbox's own static files, each with its type and the policy of its page."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from sandbox.messages import Response

_FOLDER = Path(__file__).parent / "assets"
_TYPES = {".js": "text/javascript", ".css": "text/css", ".html": "text/html"}
LOOPBACK = (
    "http://127.0.0.1:* http://localhost:* http://*.localhost:* https://127.0.0.1:* https://localhost:*"
)
EMBEDDED = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; base-uri 'none'; "
    f"form-action 'none'; frame-ancestors {LOOPBACK}"
)
ALONE = "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"


def read_asset(name: str, *, policy: str = EMBEDDED) -> Response | None:
    """A file of the assets folder, or None; names with folders in them are nothing."""
    body = _read(name)
    if body is None:
        return None
    headers = {
        "Content-Type": f"{_TYPES[Path(name).suffix]}; charset=utf-8",
        "Referrer-Policy": "no-referrer",
    }
    if name.endswith(".html"):
        headers["Content-Security-Policy"] = policy
    if name in {"stripe.js", "razorpay.js"}:
        # The only files that other origins load.
        headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return Response(200, body, headers)


@cache
def _read(name: str) -> bytes | None:
    file = _FOLDER / name
    if "/" in name or file.suffix not in _TYPES or not file.is_file():
        return None
    return file.read_bytes()
