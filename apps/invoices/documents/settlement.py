"""Where the money of a credit note went, as a document says it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from apps.core.formatting import format_money
from apps.invoices.documents.labels import Labels


def settlement_rows(snapshot: Mapping[str, Any], labels: Labels) -> list[tuple[str, str]]:
    """Return a row, label and amount, for each part of a credit note: off the invoice, balance, refund."""
    parts = snapshot.get("settlement") or {}
    return [
        (labels[f"credit_{name}"], format_money(minor, snapshot["currency"], locale=snapshot["locale"]))
        for name in ("offset", "balance", "refund")
        if (minor := parts.get(f"{name}_minor"))
    ]
