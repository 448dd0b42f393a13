from __future__ import annotations

from io import StringIO
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

PERIODS = settings.BASE_DIR / "docs" / "scenarios" / "cases" / "periods.yaml"


def run(*paths: Path) -> tuple[int, list[str]]:
    """Exit code and printed lines of `manage.py scenarios`."""
    printed, code = StringIO(), 0
    try:
        call_command("scenarios", *map(str, paths), stdout=printed)
    except SystemExit as end:
        code = int(str(end.code))
    return code, printed.getvalue().splitlines()


def test_command_without_differences_says_so_and_succeeds() -> None:
    assert run(PERIODS) == (0, ["3 passed, 0 failed, 0 declined"])


def test_command_prints_every_difference_and_fails(tmp_path: Path) -> None:
    wrong = PERIODS.read_text().replace("2026-10-01\n  policies", "2026-09-30\n  policies")
    wrong = wrong.replace("alignment: calendar", "alignment: calendar\n  fiscal_year: april", 1)
    (tmp_path / "a.yaml").write_text(wrong)
    (tmp_path / "b.yaml").write_text(
        "- id: odd\n  kind: next_boundary\n  interval: year\n  anchor: 2026-01-01\n"
        "  policies: { next_boundary: anchor_date_in_year_plus_count }\n"
    )
    (tmp_path / "c.json").write_text("[")

    code, lines = run(tmp_path)

    assert code == 1
    assert lines[0].startswith("failed: c.json")
    assert "line 1 column 2" in lines[1]
    assert lines[2:4] == [
        "failed: quarters-of-the-calendar",
        "    field 'fiscal_year' is not built yet",
    ]
    assert lines[4] == "declined: odd"
    assert lines[5].startswith("    next_boundary 'anchor_date_in_year_plus_count': ")
    assert lines[6:] == ["2 passed, 2 failed, 1 declined"]


def test_command_without_paths_or_with_wrong_ones_is_told(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match=r"docs/scenarios/README\.md"):
        run()
    with pytest.raises(CommandError, match="does not exist"):
        run(tmp_path / "nowhere")
