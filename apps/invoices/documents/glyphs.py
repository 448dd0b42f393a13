"""Which characters the vendored fonts can print.

PDF/A forbids text without a glyph, and the compiler refuses the whole document: a customer's name in a script
that no font here has must cost one character, never the invoice.
"""

from __future__ import annotations

import struct
import unicodedata
from functools import lru_cache
from pathlib import Path

FONT_FOLDER = Path(__file__).parent / "fonts"
REPLACEMENT = "\ufffd"
_KEPT_CONTROLS = "\n"
_UNICODE_TABLES = {(0, 3), (0, 4), (3, 1), (3, 10)}  # (platform, encoding) of the OpenType cmap


def font_files() -> list[Path]:
    """Return the fonts in a fixed order: the order decides the fallback, so it is part of the output."""
    return sorted(path for path in FONT_FOLDER.iterdir() if path.suffix in {".ttf", ".otf"})


def printable(text: str) -> str:
    """Return the text in NFC with unprintable characters replaced and control characters dropped."""
    covered = _covered()
    kept = (
        char for char in _normalised(text) if char in _KEPT_CONTROLS or unicodedata.category(char) != "Cc"
    )
    return "".join(char if char in _KEPT_CONTROLS or ord(char) in covered else REPLACEMENT for char in kept)


def _normalised(text: str) -> str:
    return unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\t", " "))


@lru_cache(maxsize=1)
def _covered() -> frozenset[int]:
    """Collect what the regular weights print: a bold that lacks a glyph falls back to the regular one."""
    return frozenset().union(*(_code_points(path.read_bytes()) for path in font_files()))


def _code_points(font: bytes) -> set[int]:
    table = _table_offset(font, b"cmap")
    found: set[int] = set()
    for index in range(struct.unpack_from(">H", font, table + 2)[0]):
        platform, encoding, offset = struct.unpack_from(">HHI", font, table + 4 + 8 * index)
        if (platform, encoding) in _UNICODE_TABLES:
            found |= _subtable(font, table + offset)
    return found


def _table_offset(font: bytes, tag: bytes) -> int:
    for index in range(struct.unpack_from(">H", font, 4)[0]):
        name, _checksum, offset, _length = struct.unpack_from(">4sIII", font, 12 + 16 * index)
        if name == tag:
            return int(offset)
    raise ValueError(f"font without a {tag.decode()} table")


def _subtable(font: bytes, start: int) -> set[int]:
    kind = struct.unpack_from(">H", font, start)[0]
    if kind == 4:
        return _segments(font, start)
    if kind == 12:
        return _groups(font, start)
    return set()


def _segments(font: bytes, start: int) -> set[int]:
    """Read format 4. Ranges are taken whole; the few holes inside them map to glyph 0 and are dropped."""
    double = struct.unpack_from(">H", font, start + 6)[0]
    found: set[int] = set()
    for index in range(0, double, 2):
        last = struct.unpack_from(">H", font, start + 14 + index)[0]
        first = struct.unpack_from(">H", font, start + 16 + double + index)[0]
        delta = struct.unpack_from(">H", font, start + 16 + 2 * double + index)[0]
        slot = start + 16 + 3 * double + index
        offset = struct.unpack_from(">H", font, slot)[0]
        for code in range(first, last + 1):
            place = slot + offset + 2 * (code - first)
            glyph = struct.unpack_from(">H", font, place)[0] if offset else (code + delta) & 0xFFFF
            if glyph and code != 0xFFFF:
                found.add(code)
    return found


def _groups(font: bytes, start: int) -> set[int]:
    """Read format 12: whole ranges of code points, beyond the first 65,536 too."""
    found: set[int] = set()
    for index in range(struct.unpack_from(">I", font, start + 12)[0]):
        first, last, _glyph = struct.unpack_from(">III", font, start + 16 + 12 * index)
        found.update(range(first, last + 1))
    return found
