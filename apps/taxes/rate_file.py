"""Rates in a CSV file: the shipped ones in `data/`, and an installation's own for its places."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path

from apps.taxes.enums import RateKind, RateLevel
from apps.taxes.errors import RateInvalid
from apps.taxes.models import TaxRate

SHIPPED = Path(__file__).parent / "data"
COLUMNS = [
    *("country", "region", "level", "postal_prefix", "city", "tax_code"),
    *("kind", "name", "percent", "valid_from", "valid_to", "source"),
]


def shipped_files() -> list[Path]:
    return sorted(SHIPPED.glob("*.csv"))


def read_rates(path: Path, *, at: datetime) -> Iterator[TaxRate]:
    """The rows of a file as unsaved rates.

    Raises:
        RateInvalid: another header, or a row that cannot be; the message names file and line (422).
    """
    with path.open(newline="", encoding="utf-8") as stream:
        rows = csv.DictReader(stream)
        if rows.fieldnames != COLUMNS:
            raise RateInvalid(f"{path.name}: the columns are {', '.join(COLUMNS)}.")
        for row in rows:
            try:
                yield _rate(row, at)
            except (ValueError, InvalidOperation) as fault:
                raise RateInvalid(f"{path.name}, line {rows.line_num}: {fault}.") from fault


def _rate(row: dict[str, str], at: datetime) -> TaxRate:
    percent = Decimal(row["percent"])
    if not 0 <= percent <= 100:
        raise ValueError("a rate is from 0 to 100 percent")
    return TaxRate(
        country=row["country"],
        region=row["region"],
        level=RateLevel(row["level"]),
        postal_prefix=row["postal_prefix"],
        city=row["city"],
        tax_code=row["tax_code"],
        kind=RateKind(row["kind"]),
        name=row["name"],
        percent=percent,
        valid_from=date.fromisoformat(row["valid_from"]),
        valid_to=date.fromisoformat(row["valid_to"]) if row["valid_to"] else None,
        source=row["source"],
        created_at=at,
    )


def identity(rate: TaxRate) -> tuple[str, ...]:
    """What a rate is of, without its days; only special districts are told apart by their names."""
    return (
        rate.country,
        rate.region,
        rate.level,
        rate.postal_prefix,
        rate.city,
        rate.tax_code,
        rate.name if rate.level == RateLevel.DISTRICT else "",
    )


def without_overlap(wanted: Iterable[TaxRate], present: Iterable[TaxRate]) -> list[TaxRate]:
    """Those of the wanted rates whose days no present one of the same identity covers in part."""
    taken: dict[tuple[str, ...], list[TaxRate]] = {}
    for rate in present:
        taken.setdefault(identity(rate), []).append(rate)
    return [r for r in wanted if not any(_overlap(r, other) for other in taken.get(identity(r), []))]


def _overlap(one: TaxRate, other: TaxRate) -> bool:
    begins_in_time = other.valid_to is None or one.valid_from < other.valid_to
    return begins_in_time and (one.valid_to is None or other.valid_from < one.valid_to)
