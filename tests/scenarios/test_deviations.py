from __future__ import annotations

from django.conf import settings

from apps.scenarios.cases.declined import DECLINED
from apps.scenarios.cases.deviations import deviations_page


def test_page_of_deviations_is_current() -> None:
    page = (settings.BASE_DIR / "docs" / "deviations.md").read_text(encoding="utf-8")

    assert page == deviations_page(), "run: manage.py scenarios --deviations > docs/deviations.md"


def test_page_has_a_row_for_each_declined_value() -> None:
    rows = [line for line in deviations_page().splitlines() if line.startswith("| `")]

    assert len(rows) == len(DECLINED) > 0
    for (policy, value), reason in DECLINED.items():
        assert f"| `{policy}` | `{value}` | {reason} |" in rows
