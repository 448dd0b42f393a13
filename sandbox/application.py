"""The sandbox as one function from request to response; the server and tests put a transport around it."""

from __future__ import annotations

from collections.abc import Callable

from sandbox import faults, idempotency, webhooks
from sandbox.control import Control
from sandbox.faults import Faults
from sandbox.idempotency import IdempotencyKeys
from sandbox.messages import Request, Response, is_loopback_host, is_loopback_url, json_response
from sandbox.pages.assets import read_asset
from sandbox.pages.element import ElementPages
from sandbox.pages.status import StatusPage
from sandbox.paypal_api import notifications as paypal
from sandbox.paypal_api.control import PayPalControl
from sandbox.paypal_api.gate import PayPalGate
from sandbox.paypal_api.pages import PAGES, PayPalPages
from sandbox.razorpay_api import objects as razorpay
from sandbox.razorpay_api.gate import RazorpayGate
from sandbox.store import Store
from sandbox.stripe_api.gate import Gate
from sandbox.webhooks import Dispatcher

_CORS = {
    "Access-Control-Allow-Headers": "Content-Type",
    "Access-Control-Allow-Methods": "GET, POST",
    "Access-Control-Max-Age": "600",
    "Vary": "Origin",
}


class Sandbox:
    """Everything that one sandbox is. `path` is a SQLite file, or `:memory:`."""

    def __init__(self, path: str) -> None:
        self.store = Store(path, (idempotency.SCHEMA, faults.SCHEMA, webhooks.SCHEMA))
        self.dispatcher = Dispatcher(
            self.store, {paypal.EVENT: paypal.envelope, razorpay.EVENT: razorpay.envelope}
        )
        self.faults = Faults(self.store)
        keys = IdempotencyKeys(self.store)
        self.gate = Gate(self.store, self.faults, keys, self.dispatcher.wake)
        paypal_gate = PayPalGate(self.store, self.faults, keys, self.dispatcher.wake)
        self._paypal_pages = PayPalPages(paypal_gate)
        razorpay_gate = RazorpayGate(self.store, self.faults, keys, self.dispatcher.wake)
        control = Control(self.store, self.faults, keys, self.dispatcher, self.gate)
        element = ElementPages(self.store, self.gate, self.dispatcher)
        self._status = StatusPage(self.store, self.faults)
        # By how a path begins, the longest first.
        self._parts: dict[str, Callable[[Request], Response]] = {
            "/_sandbox/paypal/": PayPalControl(self.store, paypal_gate).answer,
            "/_sandbox/razorpay/": razorpay_gate.answer,
            "/_sandbox/": control.answer,
            "/_element/": element.answer,
            "/paypal/": paypal_gate.answer,
            "/razorpay/": razorpay_gate.answer,
            "/v1/": self.gate.answer,
        }

    def start(self) -> None:
        """Begin to deliver webhooks, those of an earlier run first."""
        self.dispatcher.start()

    def close(self) -> None:
        self.dispatcher.stop()
        self.store.close()

    def answer(self, request: Request) -> Response:
        """Answer one request. Names that are not this machine's are refused, whoever resolved them."""
        if not is_loopback_host(_host_name(request.headers.get("host", "127.0.0.1"))):
            return json_response(
                {"error": {"message": "The sandbox only answers to this machine."}}, status=421
            )
        origin = request.headers.get("origin")
        if origin is not None and not is_loopback_url(origin):
            return json_response({"error": {"message": "Foreign origin."}}, status=403)
        response = self._dispatch(request)
        if origin is not None and request.path.startswith("/_element/"):
            response.headers.update({"Access-Control-Allow-Origin": origin, **_CORS})
        response.headers.setdefault("X-Content-Type-Options", "nosniff")
        response.headers.setdefault("Cache-Control", "no-store")
        return response

    def _dispatch(self, request: Request) -> Response:
        path = request.path
        if path in PAGES:
            return self._paypal_pages.answer(request)
        for start, part in self._parts.items():
            if path.startswith(start):
                return part(request)
        if request.method in {"GET", "HEAD"}:
            if path == "/healthz":
                return json_response({"status": "ok"})
            if path == "/":
                return self._status.answer(request)
            asset = read_asset(
                {"/js.stripe.com/v3/": "stripe.js", "/js.stripe.com/v3": "stripe.js"}.get(path, path[1:])
            )
            if asset is not None:
                return asset
        return json_response({"error": {"message": f"Nothing at {request.method} {path}."}}, status=404)


def _host_name(host: str) -> str:
    if host.startswith("["):
        return host[1:].partition("]")[0]
    return host.partition(":")[0]
