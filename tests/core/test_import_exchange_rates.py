"""What currencies bought, from a file: all rows or none, and nothing that is known changes."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from apps.core.models import ExchangeRate
from apps.core.selectors import exchange_rate_on

pytestmark = pytest.mark.django_db


def written(folder: Path, *lines: str) -> str:
    file = folder / "rates.csv"
    file.write_text("\n".join(["date,base,quote,rate", *lines]) + "\n")
    return str(file)


def test_rates_are_added_once_and_never_changed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("import_exchange_rates", written(tmp_path, "2026-01-05,USD,EUR,0.92"), source="ECB")
    file = written(tmp_path, "2026-01-05,USD,EUR,0.95", "2026-01-06,usd,eur,0.93")

    call_command("import_exchange_rates", file, source="ECB")

    printed = capsys.readouterr()
    assert "1 added, 0 known, 1 differ." in printed.out
    assert "USD in EUR on 2026-01-05 is not 0.95" in printed.err
    assert exchange_rate_on(base="USD", quote="EUR", on=date(2026, 1, 5)) == Decimal("0.92")
    assert exchange_rate_on(base="USD", quote="EUR", on=date(2026, 1, 9)) == Decimal("0.93")


@pytest.mark.parametrize("line", ["2026-01-05,USD,EUR,", "5.1.2026,USD,EUR,1", "2026-01-05,USD,USD,1"])
def test_one_bad_row_refuses_the_file(tmp_path: Path, line: str) -> None:
    with pytest.raises(CommandError, match="Line 3"):
        call_command(
            "import_exchange_rates", written(tmp_path, "2026-01-05,USD,EUR,0.92", line), source="ECB"
        )

    assert not ExchangeRate.objects.exists()
