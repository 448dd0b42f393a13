"""Freeze commitments, thresholds and every field that decides a number."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

from django.db import migrations

_SQL = Path(__file__).with_suffix(".sql").read_text()
_FORWARD, _REVERSE = _SQL.split("-- reverse\n")


class Migration(migrations.Migration):
    dependencies: ClassVar = [("plans", "0003_charge_models_and_policies")]

    operations: ClassVar = [migrations.RunSQL(_FORWARD, _REVERSE)]
