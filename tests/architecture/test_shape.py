"""Names and sizes: what makes a stranger find the way."""

from __future__ import annotations

from tests.architecture.sources import PACKAGES, ROOT, python_files

LONGEST_MODULE = 400
LONGEST_README = 40
# Names that say nothing about what is inside, so that everything ends up there.
BANNED = {
    "util",
    "utils",
    "helper",
    "helpers",
    "common",
    "manager",
    "managers",
    "handler",
    "handlers",
    "misc",
}


def test_modules_are_short_enough_to_read() -> None:
    long = [path for path in python_files(*PACKAGES) if _lines(path.read_text()) > LONGEST_MODULE]

    assert [str(path.relative_to(ROOT)) for path in long] == []


def test_modules_and_folders_are_named_by_what_they_hold() -> None:
    vague = [
        path
        for path in python_files(*PACKAGES, "tests")
        if BANNED & {*path.relative_to(ROOT).parts, path.stem}
    ]

    assert [str(path.relative_to(ROOT)) for path in vague] == []


def test_every_app_has_a_short_readme() -> None:
    folders = sorted(path for path in (ROOT / "apps").iterdir() if (path / "__init__.py").exists())

    missing = [folder.name for folder in folders if not (folder / "README.md").exists()]
    long = [
        folder.name
        for folder in folders
        if folder.name not in missing and _lines((folder / "README.md").read_text()) > LONGEST_README
    ]

    assert (missing, long) == ([], [])


def _lines(text: str) -> int:
    return len(text.splitlines())
