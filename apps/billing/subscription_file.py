"""Reading a file of running subscriptions: CSV, or a list in YAML or JSON, each row with its line."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

import yaml

from apps.billing.errors import ImportInvalid
from apps.core.errors import FieldError

COLUMNS = frozenset(
    {
        "customer",
        "name",
        "email",
        "country",
        "time_zone",
        "external_id",
        "plan",
        "version",
        "currency",
        "quantity",
        "quantities",
        "started_at",
        "current_period_start",
        "current_period_end",
        "trial_ends_at",
        "trial_used",
        "billing_day",
        "anchor",
        "collection_method",
    }
)
REQUIRED = ("customer", "external_id", "plan", "started_at")
_YES = {"true", "yes", "1"}
_NO = {"false", "no", "0", ""}


class RowInvalid(Exception):
    """A value of a row that cannot be; `field` is its column."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field
        self.message = message


@dataclass(frozen=True, slots=True)
class FileRow:
    """One subscription of a file as it is written, with the line on which it begins."""

    line: int
    values: Mapping[str, Any] = field(default_factory=dict)

    def text(self, name: str) -> str:
        value = self.values.get(name)
        return "" if value is None else str(value).strip()

    def number(self, name: str, *, default: int | None = None) -> int | None:
        text = self.text(name)
        if not text:
            return default
        if not text.isdecimal():
            raise RowInvalid(name, f"'{text}' is not a whole number.")
        return int(text)

    def yes(self, name: str) -> bool:
        text = self.text(name).lower()
        if text not in _YES | _NO:
            raise RowInvalid(name, f"'{text}' is neither true nor false.")
        return text in _YES

    def moment(self, name: str) -> date | datetime | None:
        """A day, which means its first instant where the customer is, or an instant with an offset."""
        value = self.values.get(name)
        text = self.text(name)
        if not text:
            return None
        try:
            moment = value if isinstance(value, date) else _moment(text)
        except ValueError:
            raise RowInvalid(name, f"'{text}' is neither a day nor an instant.") from None
        if isinstance(moment, datetime) and moment.tzinfo is None:
            raise RowInvalid(name, f"'{text}' has no offset: add Z, or one such as +01:00.")
        return moment

    def counts(self, name: str) -> dict[str, int]:
        value = self.values.get(name)
        if value in (None, ""):
            return {}
        if isinstance(value, Mapping) and all(type(count) is int for count in value.values()):
            return {str(code): count for code, count in value.items()}
        raise RowInvalid(name, "Write quantities by price code, in YAML or JSON.")


def read_rows(*, text: str, filename: str) -> list[FileRow]:
    """The rows of a file, by the ending of its name: `.csv`, `.yaml`, `.yml` or `.json`.

    Raises:
        ImportInvalid: it cannot be read, or a row has an unknown or lacks a needed column (422).
    """
    if filename.lower().endswith(".csv"):
        rows = list(_csv_rows(text))
    elif filename.lower().endswith((".yaml", ".yml", ".json")):
        rows = list(_yaml_rows(text))
    else:
        raise ImportInvalid("A file of subscriptions ends in .csv, .yaml or .json.")
    faults = [fault for row in rows for fault in _faults(row)]
    if faults:
        raise ImportInvalid(faults[0].message, errors=faults)
    return rows


def fault_of(line: int, field: str | None, code: str, message: str) -> FieldError:
    """What is wrong with a row, with its place in words too."""
    place = f"line {line}" if field is None else f"line {line}: {field}"
    return FieldError(place, code, f"{place}: {message}")


def _moment(text: str) -> date | datetime:
    return date.fromisoformat(text) if len(text) == len("2026-01-31") else datetime.fromisoformat(text)


def _csv_rows(text: str) -> Iterator[FileRow]:
    reader = csv.DictReader(io.StringIO(text.removeprefix("\ufeff")), restkey="(more columns)", strict=True)
    try:
        for values in reader:
            yield FileRow(reader.line_num, {name: value for name, value in values.items() if value})
    except csv.Error as error:
        raise ImportInvalid(f"line {reader.line_num}: {error}.") from error


def _yaml_rows(text: str) -> Iterator[FileRow]:
    # JSON is YAML too, and so its rows have lines.
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
        values = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise ImportInvalid(f"The file cannot be read: {error}.") from error
    if not isinstance(root, yaml.SequenceNode) or not all(isinstance(row, dict) for row in values):
        raise ImportInvalid("The file is a list of subscriptions, each with its columns by name.")
    for node, row in zip(root.value, values, strict=True):
        yield FileRow(node.start_mark.line + 1, row)


def _faults(row: FileRow) -> Iterator[FieldError]:
    for name in sorted(str(name) for name in row.values.keys() - COLUMNS):
        yield fault_of(row.line, name, "unknown_field", "There is no such column.")
    for name in REQUIRED:
        if not row.text(name):
            yield fault_of(row.line, name, "missing", "It is needed.")
