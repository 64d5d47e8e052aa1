"""Palettes: every tone has an ink, and none is lost on its ground."""

import pytest

from tai2.view.palette import DEFAULT, GROUND, PALETTES, Tone, palette


def luminance(ink: str) -> float:
    """Return the relative luminance of #rrggbb (WCAG 2)."""
    parts = [int(ink[n : n + 2], 16) / 255 for n in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(ink: str, ground: str) -> float:
    lighter, darker = sorted((luminance(ink), luminance(ground)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("name", PALETTES)
def test_every_tone_has_an_ink(name: str) -> None:
    assert set(palette(name)) == set(Tone)


@pytest.mark.parametrize("name", PALETTES)
def test_text_can_be_read_on_both_grounds(name: str) -> None:
    inks = {t: i for t, i in palette(name).items() if t not in (Tone.BORDER, Tone.BAND)}
    assert {t for t, i in inks.items() if contrast(i.hex, GROUND) < 4.5} == set()
    assert {t for t, i in inks.items() if contrast(i.light, "#ffffff") < 4.5} == set()


def test_up_and_down_change_places_between_green_up_and_red_up() -> None:
    green, red = palette("green-up"), palette("red-up")
    assert (green[Tone.UP], green[Tone.DOWN]) == (red[Tone.DOWN], red[Tone.UP])


def test_mono_tells_up_from_down_without_hue() -> None:
    mono = palette("mono")
    assert mono[Tone.UP] != mono[Tone.DOWN]


def test_an_unknown_palette_is_the_default_one() -> None:
    assert palette("sepia") is palette(DEFAULT)
