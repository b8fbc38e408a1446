"""The colours of `static/css/tokens.css` can be read: WCAG 2.2, 1.4.3 and 1.4.11, in both themes."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

TOKENS = Path(__file__).parents[2] / "static" / "css" / "tokens.css"
THEMES = ("light", "dark")
SURFACES = ("ground", "panel", "well")
INKS = ("ink", "ink-soft", "ink-faint", "accent", "pass", "fail", "unsure", "human", "judge")
PAIRS = [(ink, surface) for ink in INKS for surface in SURFACES] + [
    ("pass", "pass-soft"),
    ("fail", "fail-soft"),
    ("unsure", "unsure-soft"),
    ("human", "human-soft"),
    ("judge", "judge-soft"),
    ("accent", "accent-soft"),
    ("on-accent", "accent-fill"),
    ("on-accent", "accent-fill-hover"),
]


def colours() -> dict[str, dict[str, str]]:
    pattern = r"--([\w-]+):\s*light-dark\((#[0-9a-f]{6}),\s*(#[0-9a-f]{6})\)"
    found = re.findall(pattern, TOKENS.read_text(encoding="utf-8"))
    return {name: {"light": light, "dark": dark} for name, light, dark in found}


def luminance(colour: str) -> float:
    parts = [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    red, green, blue = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(first: str, second: str) -> float:
    dark, light = sorted((luminance(first), luminance(second)))
    return (light + 0.05) / (dark + 0.05)


def test_black_on_white_is_21_to_1() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize(("ink", "surface"), PAIRS)
def test_text_is_readable_on_every_surface(ink: str, surface: str, theme: str) -> None:
    tokens = colours()
    assert contrast(tokens[ink][theme], tokens[surface][theme]) >= 4.5


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("surface", SURFACES)
def test_borders_of_controls_stand_out(surface: str, theme: str) -> None:
    tokens = colours()
    assert contrast(tokens["line-strong"][theme], tokens[surface][theme]) >= 3
