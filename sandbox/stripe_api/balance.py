"""Balance transactions, and the balance as their sum."""

from __future__ import annotations

from sandbox.call import Call, Route
from sandbox.messages import Json
from sandbox.stripe_api.listing import list_objects, read_page
from sandbox.stripe_api.presentation import present

_PENDING_SECONDS = 2 * 24 * 3600
_FEE_PER_MILLE, _FEE_FIXED = 29, 30


def record_movement(
    call: Call,
    source: Json,
    *,
    kind: str,
    amount: int,
    category: str = "",
    fee: int | None = None,
    instant: bool = False,
) -> Json:
    """Keep a movement of `amount` minor units (negative: out) less its fee.

    Without a `fee` charges cost 2.9 % and 30, rounded half up, and nothing else costs anything. `category` is
    what reports call it where that is not its kind.
    """
    if fee is None:
        fee = (amount * _FEE_PER_MILLE + 500) // 1000 + _FEE_FIXED if kind == "charge" else 0
    detail = {"application": None, "currency": source["currency"], "type": "stripe_fee", "amount": fee}
    movement = {
        **call.new("balance_transaction"),
        "amount": amount,
        "available_on": call.at if instant else call.at + _PENDING_SECONDS,
        "balance_type": "payments",
        "currency": source["currency"],
        "description": source.get("description"),
        "exchange_rate": None,
        "fee": fee,
        "fee_details": [{**detail, "description": "Stripe processing fees"}] if fee else [],
        "net": amount - fee,
        "reporting_category": category or kind,
        "source": source["id"],
        "status": "pending",
        "type": kind,
    }
    del movement["livemode"]
    return call.store.insert(movement, parent=source["id"], label=kind)


def list_movements(call: Call) -> Json:
    params = call.params
    labels = [params["type"]] if "type" in params else []
    if "payout" in params:
        return _movements_of_payout(call, params["payout"])
    answer = list_objects(call, "balance_transaction", parent=params.get("source"), labels=labels)
    if "currency" in params:
        answer["data"] = [m for m in answer["data"] if m["currency"] == params["currency"]]
    return answer


def _movements_of_payout(call: Call, payout_id: str) -> Json:
    """What a payout paid out, and the payout itself, newest first; pages as every list."""
    page = read_page(call)
    names: list[str] = call.load("payout", payout_id, param="payout").hidden["movements"]
    start = names.index(page.starting_after) + 1 if page.starting_after in names else 0
    shown = names[start : start + page.limit]
    data = [present(call.store, call.load("balance_transaction", n).data, at=call.at) for n in shown]
    more = start + page.limit < len(names)
    return {"object": "list", "data": data, "has_more": more, "url": "/v1/balance_transactions"}


def retrieve_movement(call: Call, movement_id: str) -> Json:
    return present(call.store, call.load("balance_transaction", movement_id).data, at=call.at)


def retrieve_balance(call: Call) -> Json:
    """Net amounts by currency: available now, and pending."""
    rows = call.store.rows(
        "SELECT json_extract(data, '$.currency') AS currency,"
        " sum(iif(json_extract(data, '$.available_on') <= ?1, json_extract(data, '$.net'), 0)) AS now,"
        " sum(iif(json_extract(data, '$.available_on') > ?1, json_extract(data, '$.net'), 0)) AS later"
        " FROM objects WHERE kind = 'balance_transaction' GROUP BY 1 ORDER BY 1",
        (call.at,),
    )

    def amounts(column: str) -> list[Json]:
        return [
            {"amount": row[column], "currency": row["currency"], "source_types": {"card": row[column]}}
            for row in rows
        ] or [{"amount": 0, "currency": "usd", "source_types": {"card": 0}}]

    return {"object": "balance", "available": amounts("now"), "livemode": False, "pending": amounts("later")}


ROUTES = (
    Route("GET", "/v1/balance", retrieve_balance),
    Route("GET", "/v1/balance_transactions", list_movements),
    Route("GET", "/v1/balance_transactions/{movement}", retrieve_movement),
)
