"""What operators need to know is written down, and what is written down exists."""

from __future__ import annotations

import re

from tests.architecture.sources import ROOT, called_name, calls, first_text, python_files

OPERATIONS = (ROOT / "docs" / "operations.md").read_text()


def test_every_environment_name_is_documented() -> None:
    asked = {
        name
        for path in python_files("monetize")
        for call in calls(path)
        if called_name(call).startswith("env.") and (name := first_text(call))
    }

    assert len(asked) > 15
    assert asked - names_in_first_column() == set()


def test_every_documented_setting_is_asked_for() -> None:
    sources = "".join(path.read_text() for path in python_files("monetize", "apps"))
    settings = {name for name in names_in_first_column() if name.isupper()}

    assert {name for name in settings if f'"{name}"' not in sources} == set()


def test_every_management_command_is_documented() -> None:
    commands = {path.stem for path in ROOT.glob("apps/*/management/commands/[a-z]*.py")}

    assert commands - names_in_first_column() == set()


def names_in_first_column() -> set[str]:
    """Of the tables in docs/operations.md."""
    return set(re.findall(r"^\| `(\w+)", OPERATIONS, flags=re.MULTILINE))
