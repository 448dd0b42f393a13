"""Let the database refuse changes of what was answered, and of the percentage of a rate."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

from django.db import migrations

_SQL = Path(__file__).with_suffix(".sql").read_text()
_FORWARD, _REVERSE = _SQL.split("-- reverse\n")


class Migration(migrations.Migration):
    dependencies: ClassVar = [("taxes", "0001_initial")]

    operations: ClassVar = [migrations.RunSQL(_FORWARD, _REVERSE)]
