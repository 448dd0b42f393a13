"""Let the database refuse changes of movements, and movements that do not fit their balance."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

from django.db import migrations

_SQL = Path(__file__).with_suffix(".sql").read_text()
_FORWARD, _REVERSE = _SQL.split("-- reverse\n")


class Migration(migrations.Migration):
    dependencies: ClassVar = [("wallets", "0001_initial")]

    operations: ClassVar = [migrations.RunSQL(_FORWARD, _REVERSE)]
