"""Let the database refuse what would make a wallet differ from its movements, and changes of grants."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

from django.db import migrations

_SQL = Path(__file__).with_suffix(".sql").read_text()
_FORWARD, _REVERSE = _SQL.split("-- reverse\n")


class Migration(migrations.Migration):
    dependencies: ClassVar = [("wallets", "0003_wallets_and_grants")]

    operations: ClassVar = [migrations.RunSQL(_FORWARD, _REVERSE)]
