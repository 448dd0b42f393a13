"""Pages run under a policy without inline scripts or styles: one would break silently."""

from __future__ import annotations

import re
from pathlib import Path

TEMPLATES = Path(__file__).parents[2] / "templates"
INLINE = {
    "a style attribute": re.compile(r"<[a-z][^>]*\sstyle=", re.IGNORECASE),
    "a style element": re.compile(r"<style", re.IGNORECASE),
    "an event attribute": re.compile(r"<[a-z][^>]*\son[a-z]+=", re.IGNORECASE),
    "a script without src": re.compile(r"<script(?![^>]*\bsrc=)(?![^>]*application/json)", re.IGNORECASE),
    "an address of another site": re.compile(
        r"<(?:script|link|img)[^>]*\b(?:src|href)=\"https?:", re.IGNORECASE
    ),
}


def test_pages_have_nothing_inline() -> None:
    pages = [path for path in TEMPLATES.rglob("*.html") if "email" not in path.relative_to(TEMPLATES).parts]
    found = [
        f"{path.relative_to(TEMPLATES)}: {what}"
        for path in pages
        for what, pattern in INLINE.items()
        if pattern.search(path.read_text())
    ]

    assert len(pages) > 20
    assert found == []
