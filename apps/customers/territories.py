"""ISO 3166-1 alpha-2 country codes, from the CLDR table that Babel brings."""

from __future__ import annotations

from functools import lru_cache

from babel import Locale

# Two letters in CLDR, and no country that an address can be in.
_NO_COUNTRY = frozenset({"EU", "EZ", "QO", "UN", "XA", "XB", "ZZ"})


@lru_cache(maxsize=1)
def country_codes() -> frozenset[str]:
    """Every code that an address may have; Kosovo's XK too, which ISO leaves to users to assign."""
    territories = [str(code) for code in Locale("en").territories]
    return frozenset(c for c in territories if len(c) == 2 and c.isalpha()) - _NO_COUNTRY


def country_choices(locale: str = "en") -> list[tuple[str, str]]:
    """Codes with their names in one language, in the order of the names."""
    names = Locale.parse(locale.replace("-", "_")).territories
    return sorted(((c, str(names.get(c, c))) for c in country_codes()), key=lambda pair: pair[1])
