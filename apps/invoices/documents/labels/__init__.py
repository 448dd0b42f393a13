"""The fixed words of documents, by language; a language that is missing prints English.

`{date}`, `{amount}` and `{percent}` are filled with text that is already in the reader's locale.
"""

from __future__ import annotations

from types import MappingProxyType

from apps.invoices.documents.labels import de, en, es, fr, hi

Labels = MappingProxyType[str, str]

FALLBACK_LANGUAGE = "en"

LABELS: MappingProxyType[str, Labels] = MappingProxyType(
    {
        "en": MappingProxyType(en.LABELS),
        "de": MappingProxyType(de.LABELS),
        "fr": MappingProxyType(fr.LABELS),
        "es": MappingProxyType(es.LABELS),
        "hi": MappingProxyType(hi.LABELS),
    }
)


def labels_for(locale: str) -> Labels:
    """Return the words of a locale's language ("de-AT" reads German)."""
    return LABELS[language_of(locale)]


def language_of(locale: str) -> str:
    """Return the language that the words are in, for hyphenation and for screen readers."""
    language = locale.replace("_", "-").split("-")[0].lower()
    return language if language in LABELS else FALLBACK_LANGUAGE
