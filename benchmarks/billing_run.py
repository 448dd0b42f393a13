"""The billing run against a raw COPY of the very same rows, in one run.

Run: the real services, one process, one durable transaction a customer; every subscription has a flat fee
in advance and a metered price in arrears. Bound: all row versions that the run left behind, in every table,
copied by one connection into empty tables with the same indexes and checks. The ratio compares the times.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
from psycopg import sql

from benchmarks.servers import fresh_database

BAR = 0.15
# Of the run as it is, a transaction a customer; a chunked one would need 1.5.
STATEMENTS_BAR = 25
SUBSCRIPTIONS = 400
EVENTS_EACH = 20
STARTED_AT = datetime(2026, 1, 15, 12, tzinfo=UTC)
DUE_AT = datetime(2026, 2, 15, tzinfo=UTC)

_TABLES = """
SELECT c.oid::regclass::text, array_agg(quote_ident(a.attname) ORDER BY a.attnum)
FROM pg_class c
JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
WHERE c.relkind = 'r' AND n.nspname IN ('public', 'pgmq') AND c.relpersistence = 'p'
GROUP BY c.oid
"""


@dataclass(frozen=True, slots=True)
class Written:
    """The rows of one table that the run wrote, as COPY's text."""

    table: str
    columns: str
    rows: int
    data: bytes


def main() -> bool:
    """Print the ratio and the statements an invoice; true when both reach their bars."""
    with fresh_database() as url:
        _prepare()
        with psycopg.connect(url, autocommit=True) as connection:
            _bill(DUE_AT)
            connection.execute("CHECKPOINT")
            since = connection.execute("SELECT pg_current_xact_id()::text::bigint").fetchone()
            invoices, statements, seconds = _bill(DUE_AT + timedelta(days=28))
            written = _written_since(connection, int(since[0]) if since else 0)
            copied = _copy_all(connection, written)
    ratio, each = copied / seconds, statements / invoices
    rows = sum(part.rows for part in written)
    print(
        f"billing run: {invoices} invoices in {seconds:.2f} s, {invoices / seconds:,.0f}/s;"
        f" COPY of its {rows} rows in {copied:.3f} s"
    )
    print(f"billing run / raw COPY: {ratio:.3f} (bar {BAR:.2f}) {_verdict(ratio >= BAR)}")
    print(f"statements an invoice: {each:.1f} (bar {STATEMENTS_BAR}) {_verdict(each <= STATEMENTS_BAR)}")
    return ratio >= BAR and each <= STATEMENTS_BAR


def _verdict(ok: bool) -> str:
    return "ok" if ok else "MISSED"


def _prepare() -> None:
    """A brand, a plan with a fee and a metered price, and subscribers who used something."""
    import django

    os.environ["DJANGO_SETTINGS_MODULE"] = "benchmarks.settings"
    django.setup()
    from apps.billing.services.subscriptions.subscribe import Purchase, subscribe
    from apps.usage.incoming import IncomingEvent
    from apps.usage.services.ingest import ingest_events
    from tests.factories.billing import make_card
    from tests.factories.customers import make_brand, make_customer
    from tests.factories.plans import flat_price, make_meter, make_plan, metered_price

    brand, meter = make_brand(), make_meter(code="calls")
    plan = make_plan(prices=[flat_price(), metered_price(meter)])
    for number in range(SUBSCRIPTIONS):
        customer = make_customer(brand=brand, external_id=f"customer-{number}")
        make_card(customer)
        purchase = Purchase(plan_code=plan.code)
        subscribe(customer=customer, purchase=purchase, at=STARTED_AT)
        events = [
            IncomingEvent(
                id=f"{number}-{index}",
                customer=f"customer-{number}",
                event="calls",
                timestamp=STARTED_AT + timedelta(days=index * 2, hours=1),
            )
            for index in range(EVENTS_EACH)
        ]
        ingest_events(brand_id=brand.pk, livemode=False, events=events, received_at=datetime.now(UTC))


def _bill(at: datetime) -> tuple[int, int, float]:
    """Bill everyone: invoices, statements (without BEGIN and COMMIT), seconds."""
    from django.db import connection

    from apps.billing.services.run.run_billing import run_billing
    from apps.core.due_work import Scope

    statements = 0

    def count(execute: Callable[..., Any], *arguments: Any) -> Any:
        nonlocal statements
        statements += 1
        return execute(*arguments)

    begun = time.perf_counter()
    with connection.execute_wrapper(count):
        counts = run_billing(scope=Scope(None), at=at, limit=10 * SUBSCRIPTIONS)
    seconds = time.perf_counter() - begun
    if counts.invoices_finalized != SUBSCRIPTIONS:
        raise SystemExit(f"{counts} where {SUBSCRIPTIONS} invoices were due")
    return counts.invoices_finalized, statements, seconds


def _written_since(connection: psycopg.Connection[Any], transaction: int) -> list[Written]:
    """Every row version made by a later transaction, table by table."""
    found = []
    for table, columns in connection.execute(_TABLES).fetchall():
        names = ", ".join(columns)
        query = f"SELECT {names} FROM {table} WHERE xmin::text::bigint > {transaction}"
        with connection.cursor() as cursor, cursor.copy(f"COPY ({query}) TO STDOUT") as rows:
            data = b"".join(bytes(chunk) for chunk in rows)
        if data:
            found.append(Written(table, names, data.count(b"\n"), data))
    return found


def _copy_all(connection: psycopg.Connection[Any], written: list[Written]) -> float:
    """Seconds to copy all of it in one transaction."""
    for number, part in enumerate(written):
        like = f"(LIKE {part.table} INCLUDING DEFAULTS INCLUDING INDEXES INCLUDING CONSTRAINTS)"
        connection.execute(sql.SQL("CREATE TABLE {} " + like).format(sql.Identifier(f"bound_{number}")))
    connection.execute("CHECKPOINT")
    begun = time.perf_counter()
    with connection.transaction(), connection.cursor() as cursor:
        for number, part in enumerate(written):
            with cursor.copy(f"COPY bound_{number} ({part.columns}) FROM STDIN") as copy:
                copy.write(part.data)
    return time.perf_counter() - begun


if __name__ == "__main__":
    raise SystemExit(not main())
