"""Freeze discounts and taxes of issued documents, and keep all of them from TRUNCATE."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

from django.db import migrations

_SQL = Path(__file__).with_suffix(".sql").read_text()
_FORWARD, _REVERSE = _SQL.split("-- reverse\n")


class Migration(migrations.Migration):
    dependencies: ClassVar = [("invoices", "0007_discounts_and_taxes")]

    operations: ClassVar = [migrations.RunSQL(_FORWARD, _REVERSE)]
