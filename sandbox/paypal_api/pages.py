"""The pages to which PayPal would send a buyer: approve or go back."""

from __future__ import annotations

from html import escape
from urllib.parse import urlencode

from sandbox.forms import parse_form
from sandbox.messages import Json, Request, Response
from sandbox.pages.assets import ALONE, LOOPBACK
from sandbox.paypal_api.accounts import Behaviour
from sandbox.paypal_api.errors import PayPalError
from sandbox.paypal_api.gate import PayPalGate
from sandbox.paypal_api.orders import approve_order
from sandbox.paypal_api.vault import approve_setup_token

SETUP = "/paypal/agreements/approve"
PAGES = (SETUP, "/paypal/checkoutnow")


class PayPalPages:
    def __init__(self, gate: PayPalGate) -> None:
        self._gate = gate

    def answer(self, request: Request) -> Response:
        wanted = parse_form(request.query)
        is_setup = request.path == SETUP
        token = str(wanted.get("approval_session_id" if is_setup else "token", ""))
        if request.method != "POST":
            return _page(_form(token, is_setup=is_setup))
        chosen = parse_form(request.body.decode(errors="replace"))
        approves = chosen.get("answer") == "approve"
        try:
            answered = self._answered(token, str(chosen.get("email", "")), approves, is_setup=is_setup)
        except PayPalError as error:
            return _page(f"<p>{escape(error.description)}</p>", status=error.status)
        back = str(answered.get("return_url") or "")
        if not back:
            return _page("<p>Done. You can close this page.</p>")
        query = urlencode({"approval_token_id" if is_setup else "token": token})
        return Response(303, headers={"Location": f"{back}{'&' if '?' in back else '?'}{query}"})

    def _answered(self, token: str, email: str, approves: bool, *, is_setup: bool) -> Json:
        if is_setup:
            return self._gate.run(
                lambda call: approve_setup_token(call, token, email=email, approves=approves)
            )
        return self._gate.run(lambda call: approve_order(call, token, approves=approves))


def _form(token: str, *, is_setup: bool) -> str:
    """An account is chosen when one is saved; an order has its account already."""
    names = "".join(f'<option value="{b.value}@example.com">' for b in Behaviour)
    account = (
        '<p><label>Account <input name="email" type="email" value="ok@example.com" list="accounts" required>'
        f'</label><datalist id="accounts">{names}</datalist></p>'
    )
    asked = "Let this shop charge your account?" if is_setup else "Confirm this payment?"
    return (
        f"<p>{asked} <code>{escape(token)}</code></p>"
        f'<form method="post">{account if is_setup else ""}'
        '<button name="answer" value="approve">Approve</button> '
        '<button name="answer" value="decline" formnovalidate>Decline</button></form>'
    )


def _page(body: str, *, status: int = 200) -> Response:
    html = (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>PayPal (sandbox)</title>'
        '<meta name="viewport" content="width=device-width"><link rel="stylesheet" href="/status.css"></head>'
        f"<body><main><h1>PayPal (sandbox)</h1>{body}</main></body></html>"
    )
    # The browser holds the redirect that answers a form to the page's own form-action.
    policy = ALONE.replace("form-action 'self'", f"form-action 'self' {LOOPBACK}")
    headers = {"Content-Type": "text/html; charset=utf-8", "Content-Security-Policy": policy}
    return Response(status, html.encode(), headers)
