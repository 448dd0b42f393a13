"""Refuse a tax that is added to a credit note after it was issued."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

from django.db import migrations

_SQL = Path(__file__).with_suffix(".sql").read_text()
_FORWARD, _REVERSE = _SQL.split("-- reverse\n")


class Migration(migrations.Migration):
    dependencies: ClassVar = [("invoices", "0016_quotes")]

    operations: ClassVar = [migrations.RunSQL(_FORWARD, _REVERSE)]
