from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.core.theme import (
    DARK_SURFACE,
    DEFAULT_COLOUR,
    LIGHT_SURFACE,
    accent_for,
    contrast,
    theme_stylesheet,
)

COLOURS = st.integers(min_value=0, max_value=0xFFFFFF).map(lambda number: f"#{number:06x}")


def test_contrast_of_black_and_white_is_21() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)


@given(COLOURS, st.sampled_from([LIGHT_SURFACE, DARK_SURFACE]))
def test_accent_of_any_colour_is_readable(colour: str, surface: str) -> None:
    accent = accent_for(colour, surface)

    assert contrast(accent.text, surface) >= 4.5
    assert contrast(accent.ink, accent.fill) >= 4.5
    assert accent.fill == colour


def test_accent_of_a_readable_colour_is_left_alone() -> None:
    assert accent_for("#0b5394").text == "#0b5394"


@pytest.mark.parametrize("broken", ["", "blue", "#fff", "#12345g", "red;}body{display:none"])
def test_accent_of_no_colour_is_the_default(broken: str) -> None:
    assert accent_for(broken).fill == DEFAULT_COLOUR


def test_theme_stylesheet_has_light_dark_and_print() -> None:
    sheet = theme_stylesheet("#FFCC00")

    assert sheet.count("--brand:#ffcc00;") == 3
    assert "--brand-ink:#000000" in sheet
    assert "prefers-color-scheme: dark" in sheet
