"""Bank statements as files: CSV with named columns, and CAMT.053 (ISO 20022). Reads, stores nothing."""

from __future__ import annotations

import csv
import hashlib
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from io import StringIO

from lxml import etree

from apps.payments.errors import StatementUnreadable
from apps.pricing.currencies import exponent
from apps.pricing.errors import PricingError

# The columns that a CSV has; the last two may be missing.
COLUMNS = ("date", "amount", "currency", "reference", "counterparty", "id")
REQUIRED = frozenset(COLUMNS[:4])
LIMIT_BYTES = 10 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class StatementEntry:
    """One booked line, in minor units of `currency`; negative for money that left. `key` never changes."""

    key: str
    booked_on: date
    amount_minor: int
    currency: str
    reference: str
    counterparty: str


def read_statement(content: bytes) -> list[StatementEntry]:
    """The lines of a bank statement, in their order; what kind of file it is shows by how it begins.

    Raises:
        StatementUnreadable: neither, too large, or a line that makes no sense; nothing is read then.
    """
    if len(content) > LIMIT_BYTES:
        raise StatementUnreadable("The file is larger than 10 MB.")
    return (
        _read_camt(content) if content.lstrip(b"\xef\xbb\xbf \r\n\t").startswith(b"<") else _read_csv(content)
    )


def _read_csv(content: bytes) -> list[StatementEntry]:
    """Commas or semicolons; dates as 2026-01-31, amounts as 1190.00 with a point."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise StatementUnreadable("The file is not written in UTF-8.") from error
    first = text.partition("\n")[0]
    rows = csv.DictReader(StringIO(text), delimiter=";" if first.count(";") > first.count(",") else ",")
    missing = REQUIRED - {(name or "").strip() for name in rows.fieldnames or ()}
    if missing:
        raise StatementUnreadable(f"Columns are missing: {', '.join(sorted(missing))}.")
    try:
        found = [
            _entry(
                {(name or "").strip(): (value or "").strip() for name, value in row.items() if name}, number
            )
            for number, row in enumerate(rows, start=2)
        ]
    except csv.Error as error:
        raise StatementUnreadable(f"The file is no CSV: {error}.") from error
    return _with_keys(found)


def _entry(row: dict[str, str], number: int) -> StatementEntry:
    where = f"Line {number}"
    return StatementEntry(
        row.get("id", ""),
        _day(row["date"], where),
        _minor(row["amount"], row["currency"].upper(), where),
        row["currency"].upper(),
        row["reference"],
        row.get("counterparty", ""),
    )


def _read_camt(content: bytes) -> list[StatementEntry]:
    """Booked entries (`Ntry` with status BOOK), whatever version of the message."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False)
    try:
        root = etree.fromstring(content, parser)
    except etree.XMLSyntaxError as error:
        raise StatementUnreadable(f"The file is no XML: {error}.") from error
    if root.getroottree().docinfo.doctype:
        raise StatementUnreadable("A statement declares no document type.")
    if not etree.QName(root).namespace or "camt.053" not in str(etree.QName(root).namespace):
        raise StatementUnreadable("The file is no CAMT.053 statement.")
    found = []
    for number, entry in enumerate(root.iterfind(".//{*}Stmt/{*}Ntry"), start=1):
        status = _text(entry, "{*}Sts/{*}Cd") or _text(entry, "{*}Sts")
        if status == "BOOK":
            found.append(_camt_entry(entry, f"Entry {number}"))
    return _with_keys(found)


def _camt_entry(entry: etree._Element, where: str) -> StatementEntry:
    amount = entry.find("{*}Amt")
    if amount is None:
        raise StatementUnreadable(f"{where} has no amount.")
    currency = amount.get("Ccy", "")
    minor = _minor(amount.text or "", currency, where)
    is_debit = _text(entry, "{*}CdtDbtInd") == "DBIT"
    party = "{*}Cdtr" if is_debit else "{*}Dbtr"
    details = entry.find("{*}NtryDtls/{*}TxDtls")
    inside = entry if details is None else details
    texts = [node.text or "" for node in inside.iterfind("{*}RmtInf/{*}Ustrd")]
    texts += [node.text or "" for node in inside.iterfind("{*}RmtInf/{*}Strd/{*}CdtrRefInf/{*}Ref")]
    name = _text(inside, f"{{*}}RltdPties/{party}/{{*}}Nm") or _text(
        inside, f"{{*}}RltdPties/{party}/{{*}}Pty/{{*}}Nm"
    )
    return StatementEntry(
        _text(entry, "{*}AcctSvcrRef") or _text(entry, "{*}NtryRef"),
        _day((_text(entry, "{*}BookgDt/{*}Dt") or _text(entry, "{*}BookgDt/{*}DtTm"))[:10], where),
        -minor if is_debit else minor,
        currency,
        " ".join(filter(None, texts)) or _text(entry, "{*}AddtlNtryInf"),
        name,
    )


def _text(node: etree._Element, path: str) -> str:
    return (node.findtext(path) or "").strip()


def _day(text: str, where: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise StatementUnreadable(f"{where}: '{text}' is no day such as 2026-01-31.") from error


def _minor(text: str, currency: str, where: str) -> int:
    """Minor units of ISO 4217, without any rounding."""
    try:
        minor = Decimal(text).scaleb(exponent(currency))
        exact = int(minor)
    except (InvalidOperation, ValueError, OverflowError, PricingError) as error:
        raise StatementUnreadable(f"{where}: '{text} {currency}' is no amount.") from error
    if minor != exact or not exact:
        raise StatementUnreadable(f"{where}: '{text} {currency}' is no amount of money that moved.")
    return exact


def _with_keys(found: Iterable[StatementEntry]) -> list[StatementEntry]:
    """The bank's own id where there is one; else a digest of the line and how often it has come before.

    So two equal transfers of a day are two, and the same file read twice is one.
    """
    seen: Counter[str] = Counter()
    keyed = []
    for entry in found:
        said = (
            f"{entry.booked_on}|{entry.amount_minor}|{entry.currency}|{entry.reference}|{entry.counterparty}"
        )
        digest = hashlib.sha256(said.encode()).hexdigest()[:32]
        base = f"id:{entry.key}"[:120] if entry.key else f"sha:{digest}"
        seen[base] += 1
        key = base if entry.key or seen[base] == 1 else f"{base}:{seen[base]}"
        keyed.append(
            StatementEntry(
                key,
                entry.booked_on,
                entry.amount_minor,
                entry.currency,
                entry.reference[:500],
                entry.counterparty[:200],
            )
        )
    return keyed
