"""The status page: what the sandbox holds, newest first, and any object by its id."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from html import escape

from sandbox.faults import Faults
from sandbox.forms import parse_form
from sandbox.messages import Json, Request, Response
from sandbox.pages.assets import ALONE
from sandbox.store import Page, Record, Store

_SHOWN = 15
_IDENTIFIER = re.compile(
    r"&quot;((?:cus|pm|seti|pi|ch|re|txn|evt|we|cust|order|pay|token|rfnd|disp|setl)_[A-Za-z0-9]+)&quot;"
)
_ORDER = ("customer", "payment_method", "setup_intent", "payment_intent", "charge", "refund", "event")
# Kinds of the other providers, which are counted where there are any.
_OTHERS = ("paypal.", "razorpay.")


class StatusPage:
    def __init__(self, store: Store, faults: Faults) -> None:
        self._store, self._faults = store, faults

    def answer(self, request: Request) -> Response:
        wanted = str(parse_form(request.query).get("q", "")).strip()
        record = self._store.find(wanted) if wanted else None
        body = self._object(wanted, record) if wanted else self._overview()
        headers = {"Content-Type": "text/html; charset=utf-8", "Content-Security-Policy": ALONE}
        return Response(404 if wanted and record is None else 200, _page(wanted, body).encode(), headers)

    def _object(self, wanted: str, record: Record | None) -> str:
        if record is None:
            return f"<h2>Nothing has the id {escape(wanted)}</h2><p>Ids are case-sensitive.</p>"
        text = _IDENTIFIER.sub(
            r'&quot;<a href="/?q=\1">\1</a>&quot;', escape(json.dumps(record.data, indent=2))
        )
        hidden = escape(json.dumps({k: v for k, v in record.hidden.items() if k != "secret"}, indent=2))
        events, _ = self._store.select("event", Page(limit=50), parent=wanted)
        log = self._store.rows("SELECT * FROM deliveries WHERE event = ? ORDER BY id", (wanted,))
        parts = [f"<h2>{escape(record.data['object'])} <code>{escape(wanted)}</code></h2><pre>{text}</pre>"]
        if record.hidden:
            parts.append(f"<h2>What only the sandbox knows</h2><pre>{hidden}</pre>")
        if events:
            parts.append(self._events(events, "Events about it"))
        if log:
            rows = [(_time(r["at"]), r["endpoint"], str(r["status"] or r["error"])) for r in log]
            parts.append(_table("Deliveries", ("When (UTC)", "Endpoint", "Answer"), rows))
        return "".join(parts)

    def _overview(self) -> str:
        counts = self._store.counts()
        others = sorted(kind for kind in counts if kind.startswith(_OTHERS))
        tiles = "".join(
            f"<li><strong>{counts.get(kind, 0):,}</strong> {re.sub('[_.]', ' ', kind)}s</li>"
            for kind in (*_ORDER, *others)
        )
        money = [
            (
                d["id"],
                _amount(d),
                d["failure_code"] or d["status"],
                d["customer"],
                r.hidden["idempotency_key"] or "",
            )
            for r in self._newest("charge")
            if (d := r.data)
        ]
        refunds = [
            (d["id"], _amount(d), d["status"], d["charge"]) for r in self._newest("refund") if (d := r.data)
        ]
        people = [
            (d["id"], d.get("email") or "", d.get("name") or "")
            for r in self._newest("customer")
            if (d := r.data)
        ]
        cards = [
            (
                d["id"],
                f"{d['card']['brand']} •••• {d['card']['last4']}",
                r.hidden["behaviour"],
                d["customer"] or "",
            )
            for r in self._newest("payment_method")
            if (d := r.data)
        ]
        return "".join(
            (
                f'<ul class="tiles">{tiles}</ul>',
                _table("Charges", ("Charge", "Amount", "Outcome", "Customer", "Idempotency key"), money),
                _table("Refunds", ("Refund", "Amount", "Status", "Charge"), refunds),
                _table("Customers", ("Customer", "E-mail", "Name"), people),
                _table("Payment methods", ("Method", "Card", "Behaviour", "Customer"), cards),
                self._events(self._newest("event"), "Events"),
                self._fault_table(),
            )
        )

    def _newest(self, kind: str) -> list[Record]:
        return self._store.select(kind, Page(limit=_SHOWN))[0]

    def _events(self, events: Sequence[Record], title: str) -> str:
        rows = []
        for record in events:
            event = record.data
            states = self._store.rows("SELECT state, tries FROM outbox WHERE event = ?", (event["id"],))
            shown = ", ".join(f"{row['state']} ({row['tries']})" for row in states) or "not sent"
            rows.append(
                (event["id"], event["type"], event["data"]["object"]["id"], _time(event["created"]), shown)
            )
        return _table(title, ("Event", "Type", "About", "When (UTC)", "Delivery (tries)"), rows)

    def _fault_table(self) -> str:
        rows = [
            (f["id"], f["kind"], json.dumps(f["match"]), f"{f['fired']} of {f['times'] or 'all'}")
            for f in self._faults.all()
        ]
        return _table("Faults", ("Fault", "Kind", "Match", "Fired"), rows)


def _table(title: str, heads: Sequence[str], rows: Iterable[Sequence[str | None]]) -> str:
    body = "".join(
        "<tr>" + "".join(f"<td>{_cell(value or '')}</td>" for value in row) + "</tr>" for row in rows
    )
    if not body:
        return f"<h2>{escape(title)}</h2><p>None yet.</p>"
    head = "".join(f'<th scope="col">{escape(name)}</th>' for name in heads)
    return (
        f'<h2>{escape(title)}</h2><div class="scroll"><table><thead><tr>{head}</tr></thead>'
        f"<tbody>{body}</tbody></table></div>"
    )


def _cell(value: str) -> str:
    text = escape(value)
    return f'<a href="/?q={text}">{text}</a>' if _IDENTIFIER.fullmatch(f"&quot;{text}&quot;") else text


def _amount(item: Json) -> str:
    return f"{item['amount']} {item['currency'].upper()} (minor units)"


def _time(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M:%S")


def _page(wanted: str, body: str) -> str:
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<title>Sandbox</title><link rel="stylesheet" href="/status.css"></head><body>'
        '<header><h1><a href="/">Sandbox</a></h1>'
        "<p>A stand-in for the payment gateway. No money moves here.</p>"
        '<form role="search"><label for="q">Find by id</label>'
        f'<input id="q" name="q" type="search" value="{escape(wanted)}"'
        ' placeholder="pi_…, ch_…, cus_…" spellcheck="false">'
        f"<button>Find</button></form></header><main>{body}</main></body></html>"
    )
