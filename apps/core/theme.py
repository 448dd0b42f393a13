"""A brand's one colour, made readable: the few values that pages and documents derive from it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction

DEFAULT_COLOUR = "#3b5bdb"
# Pure black, not the text colour: one of these two reaches the minimum on any fill, their ratios give 21.
WHITE, BLACK = "#ffffff", "#000000"
# The page backgrounds of static/css/tokens.css: text in the brand's colour must be readable on them.
LIGHT_SURFACE, DARK_SURFACE = "#f6f7f9", "#1a1e25"
# WCAG 2.2, success criterion 1.4.3 (AA, normal text).
MINIMUM_CONTRAST = 4.5
_STEPS = 20
_HEX = re.compile(r"#[0-9a-f]{6}")

Rgb = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Accent:
    """One colour for fills, the ink that is readable on it, and a variant readable as text on the surface."""

    fill: str
    ink: str
    text: str


def accent_for(colour: str, surface: str = LIGHT_SURFACE) -> Accent:
    """Derive fill, ink and text from a brand colour (#rrggbb) for pages on `surface`.

    The text variant is moved towards black or white only as far as WCAG AA contrast needs. Anything that is
    not six hex digits counts as the default colour: a broken setting must not break a page.
    """
    fill = colour.lower() if _HEX.fullmatch(colour.lower()) else DEFAULT_COLOUR
    ink = WHITE if contrast(fill, WHITE) >= MINIMUM_CONTRAST else BLACK
    pole = BLACK if contrast(surface, BLACK) > contrast(surface, WHITE) else WHITE
    text = next(
        mixed
        for step in range(_STEPS + 1)
        if contrast(mixed := _mix(fill, pole, Fraction(step, _STEPS)), surface) >= MINIMUM_CONTRAST
    )
    return Accent(fill=fill, ink=ink, text=text)


def theme_stylesheet(colour: str) -> str:
    """Return the stylesheet of a brand, light and dark; served under its own address for the strict CSP."""
    light, dark = accent_for(colour, LIGHT_SURFACE), accent_for(colour, DARK_SURFACE)
    return (
        f":root{{{_properties(light)}}}\n"
        f"@media (prefers-color-scheme: dark){{:root{{{_properties(dark)}}}}}\n"
        f"@media print{{:root{{{_properties(light)}}}}}\n"
    )


def _properties(accent: Accent) -> str:
    return f"--brand:{accent.fill};--brand-ink:{accent.ink};--brand-text:{accent.text}"


def contrast(one: str, other: str) -> float:
    """Return the WCAG contrast ratio of two #rrggbb colours, from 1 to 21."""
    lighter, darker = sorted((_luminance(_rgb(one)), _luminance(_rgb(other))), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(rgb: Rgb) -> float:
    red, green, blue = (_linear(channel / 255) for channel in rgb)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(channel: float) -> float:
    return channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4


def _mix(colour: str, pole: str, share: Fraction) -> str:
    mixed = (int(a + (b - a) * share) for a, b in zip(_rgb(colour), _rgb(pole), strict=True))
    return "#{:02x}{:02x}{:02x}".format(*mixed)


def _rgb(colour: str) -> Rgb:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)
