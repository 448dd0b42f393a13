"""The project's own sources, parsed: what the tests of this folder read."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from configparser import ConfigParser
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("apps", "devserver", "monetize", "sandbox")


def python_files(*packages: str) -> list[Path]:
    """Modules of these packages, without migrations, which Django writes."""
    found = [path for package in packages for path in (ROOT / package).rglob("*.py")]
    return sorted(path for path in found if not any("migrations" in part for part in path.parts))


def calls(path: Path) -> Iterator[ast.Call]:
    tree = ast.parse(path.read_text(), filename=str(path))
    return (node for node in ast.walk(tree) if isinstance(node, ast.Call))


def first_text(call: ast.Call) -> str | None:
    """The call's first argument, by position or as `name=`, when it is a literal text."""
    named = [keyword.value for keyword in call.keywords if keyword.arg == "name"]
    for node in [*call.args[:1], *named]:
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            return node.value
    return None


def called_name(call: ast.Call) -> str:
    """`f` of `f()` and `m.f` of `m.f()`."""
    return ast.unparse(call.func)


def floor_of_apps() -> dict[str, int]:
    """The height of each app, read from the layers contract; apps not yet built, in parentheses, too."""
    parser = ConfigParser()
    parser.read(ROOT / ".importlinter")
    rows = [row for row in parser["importlinter:contract:floors"]["layers"].splitlines() if row.strip()]
    heights = {}
    for height, row in enumerate(reversed(rows)):
        for app in row.split("|"):
            heights[app.strip().strip("()")] = height
    return heights
