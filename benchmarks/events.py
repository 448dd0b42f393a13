"""Event intake over HTTP against a raw COPY of the very same rows, in one run.

Intake: batches of 1,000 over 8 connections to the bundled web server (2 workers), each batch committed
before its answer. Bound: the rows that intake stored, copied by one connection, in one COPY, into a table
with the same indexes and a unique index on the claim. Rounds alternate, and the ratio is the median.
"""

from __future__ import annotations

import json
import os
import random
import statistics
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection
from typing import Any

import psycopg

from benchmarks.servers import fresh_database, web_server

BAR = 0.60
ROUNDS = 3
BATCH = 1000
BATCHES = 120
CONNECTIONS = 8
CUSTOMERS = 1000
COLUMNS = (
    "claim_id, timestamp, brand_id, livemode, customer_id, source, event_id, name, properties, received_at"
)


def main() -> bool:
    """Print the ratio; true when it reaches the bar."""
    with fresh_database() as url:
        customers, key = _prepare()
        with web_server() as port, psycopg.connect(url, autocommit=True) as connection:
            connection.execute("CREATE TABLE bound (LIKE usage_event INCLUDING DEFAULTS INCLUDING INDEXES)")
            connection.execute("CREATE UNIQUE INDEX ON bound (claim_id)")
            _send(port, key, _bodies(customers, 8))
            ratios = []
            for number in range(1, ROUNDS + 1):
                connection.execute("CHECKPOINT")
                since = datetime.now(UTC)
                over_http = _send(port, key, _bodies(customers, BATCHES))
                copied = _copy(connection, since)
                ratios.append(over_http / copied)
                print(
                    f"events round {number}: HTTP {over_http:10,.0f}/s   COPY {copied:10,.0f}/s"
                    f"   ratio {ratios[-1]:.2f}",
                    flush=True,
                )
    ratio = statistics.median(ratios)
    print(f"events over HTTP / raw COPY: {ratio:.2f} (bar {BAR:.2f}) {'ok' if ratio >= BAR else 'MISSED'}")
    return ratio >= BAR


def _prepare() -> tuple[list[str], str]:
    """A brand with customers and a write-only key."""
    import django

    os.environ["DJANGO_SETTINGS_MODULE"] = "benchmarks.settings"
    django.setup()
    from apps.accounts.enums import ApiKeyKind
    from apps.accounts.models import Brand
    from apps.accounts.services.create_api_key import create_api_key
    from apps.customers.models import Customer

    at = datetime.now(UTC)
    brand = Brand.objects.create(
        code="bench",
        name="Bench",
        legal_name="Bench Ltd",
        country="DE",
        support_email="b@example.com",
        invoice_prefix="B",
        created_at=at,
    )
    for number in range(CUSTOMERS):
        Customer.objects.create(
            brand=brand,
            external_id=f"customer-{number}",
            name="C",
            email="c@example.com",
            currency="EUR",
            created_at=at,
        )
    _, key = create_api_key(
        brand=brand, livemode=False, name="bench", kind=ApiKeyKind.INTAKE, scopes=[], expires_at=None, at=at
    )
    return [f"customer-{number}" for number in range(CUSTOMERS)], key


def _bodies(customers: list[str], count: int) -> list[bytes]:
    """Requests of fresh random ids: the hardest case for the index of claims."""
    now = datetime.now(UTC)
    return [
        json.dumps({"events": [_event(customers, now) for _ in range(BATCH)]}).encode() for _ in range(count)
    ]


def _event(customers: list[str], now: datetime) -> dict[str, Any]:
    return {
        "id": str(uuid.uuid4()),
        "customer": random.choice(customers),
        "event": random.choice(["api.call", "storage", "tokens", "export", "login"]),
        "timestamp": (now - timedelta(seconds=random.randrange(40 * 86400))).isoformat(),
        "properties": {
            "bytes": str(random.randrange(10**6)),
            "region": random.choice(["eu", "us", "ap"]),
            "ms": random.random(),
        },
    }


def _send(port: int, key: str, bodies: list[bytes]) -> float:
    """Events per second until the last answer."""
    begun = time.perf_counter()
    with ThreadPoolExecutor(CONNECTIONS) as pool:
        shares = [bodies[n::CONNECTIONS] for n in range(CONNECTIONS)]
        accepted = sum(pool.map(lambda share: _send_all(port, key, share), shares))
    seconds = time.perf_counter() - begun
    if accepted != BATCH * len(bodies):
        raise SystemExit(f"{accepted} of {BATCH * len(bodies)} events were accepted")
    return accepted / seconds


def _send_all(port: int, key: str, bodies: list[bytes]) -> int:
    connection = HTTPConnection("127.0.0.1", port, timeout=60)
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
    accepted = 0
    for body in bodies:
        connection.request("POST", "/api/v1/events", body, headers)
        answer = connection.getresponse()
        content = answer.read()
        if answer.status != 200:
            raise SystemExit(f"{answer.status} {content[:300]!r}")
        # The counts stand at the start of the answer; parsing all of it would burden the measured machine.
        accepted += int(content.split(b'"accepted":')[1].split(b",")[0])
    connection.close()
    return accepted


def _copy(connection: psycopg.Connection[Any], since: datetime) -> float:
    """Copy what was stored since; rows per second, the reading not included."""
    with connection.cursor() as cursor:
        with cursor.copy(
            f"COPY (SELECT {COLUMNS} FROM usage_event WHERE received_at >= '{since.isoformat()}') TO STDOUT"
        ) as rows:
            data = b"".join(bytes(chunk) for chunk in rows)
        connection.execute("CHECKPOINT")
        begun = time.perf_counter()
        with cursor.copy(f"COPY bound ({COLUMNS}) FROM STDIN") as copy:
            copy.write(data)
        seconds = time.perf_counter() - begun
    return data.count(b"\n") / seconds


if __name__ == "__main__":
    raise SystemExit(not main())
