"""The texts of the customers' pages and their translations: found in the sources, kept in `locale/`.

Pure Python, so that nobody needs the gettext programs. The compiled files are committed beside
the written ones.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from babel.messages import Catalog
from babel.messages.extract import extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.conf import settings
from django.utils.translation.template import templatize

FOLDER = Path(__file__).parent / "locale"
LANGUAGES = ("de", "fr", "es", "hi")
KEYWORDS = {
    **dict.fromkeys(("_", "gettext", "gettext_lazy", "gettext_noop"), None),
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
}
SOME_DAY = datetime(2026, 1, 1, tzinfo=UTC)
VARYING = ('"POT-Creation', '"PO-Revision', '"Last-Translator', '"Generated-By', '"Language-Team')
PROGRAMS = ("apps/portal",)
PAGES = ("portal", "components", "account", "allauth", "base.html", "404.html", "403.html")


def found_texts() -> Catalog:
    """Every text of the pages as the sources have it, in their order."""
    catalog = Catalog(domain="django", fuzzy=False)
    for path in _sources():
        source = path.read_text(encoding="utf-8")
        if path.suffix == ".html":
            # What is left of a template looks like Python but for its indentation.
            plain = templatize(source, origin=str(path))
            source = "\n".join(line.strip() for line in plain.splitlines())
        for _, message, _, _ in extract("python", io.BytesIO(source.encode()), KEYWORDS):
            catalog.add(message)
    return catalog


def updated(language: str) -> Catalog:
    """The catalog of a language with every text that there is, and none that is gone; translations stay."""
    texts, known = found_texts(), catalog_of(language)
    catalog = Catalog(locale=language, domain="django", fuzzy=False, charset="utf-8")
    for message in texts:
        if not message.id:
            continue
        kept = known.get(message.id)
        catalog.add(message.id, kept.string if kept is not None else None, flags=_flags(message.flags))
    return catalog


def catalog_of(language: str) -> Catalog:
    """The catalog of a language as it is kept; an empty one before its first time."""
    path = path_of(language)
    if not path.exists():
        return Catalog(locale=language, domain="django")
    with path.open("rb") as file:
        return read_po(file, locale=language, domain="django")


def written(catalog: Catalog) -> bytes:
    """A catalog as its file has it: sorted, without what differs from run to run."""
    file = io.BytesIO()
    catalog.header_comment = ""
    write_po(file, catalog, sort_output=True, width=110, no_location=True)
    lines = file.getvalue().decode().splitlines(keepends=True)
    kept = [line for line in lines if not line.startswith(VARYING)]
    return "".join(kept).lstrip().lstrip("#").lstrip().encode()


def untranslated(catalog: Catalog) -> list[str]:
    """The texts that a catalog has no translation of, or not of all their forms."""
    return [str(message.id) for message in catalog if message.id and not _is_whole(message.string)]


def _is_whole(string: str | tuple[str, ...] | list[str] | None) -> bool:
    return bool(string) if string is None or isinstance(string, str) else all(string)


def compiled(catalog: Catalog) -> bytes:
    # The header tells dates, which would make another file of the same texts.
    catalog.creation_date = catalog.revision_date = SOME_DAY
    file = io.BytesIO()
    write_mo(file, catalog)
    return file.getvalue()


def path_of(language: str) -> Path:
    return FOLDER / language / "LC_MESSAGES" / "django.po"


def _sources() -> Iterator[Path]:
    root = Path(settings.BASE_DIR)
    for folder in PROGRAMS:
        yield from sorted((root / folder).rglob("*.py"))
    for name in PAGES:
        path = root / "templates" / name
        yield from sorted(path.rglob("*.html")) if path.is_dir() else [path]


def _flags(flags: set[str]) -> list[str]:
    return sorted(flags & {"python-format"})
