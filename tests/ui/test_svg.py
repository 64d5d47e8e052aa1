"""The README's pictures of the terminal are those that the picture tests hold."""

import os
from pathlib import Path

import pytest

from tests.ui.svg import as_svg

PICTURES = Path(__file__).parent / "pictures"


@pytest.mark.parametrize("name", ["live-120x40", "ta-120x40"])
def test_the_drawing_is_of_the_kept_picture(name: str) -> None:
    kept = PICTURES / f"tui-{name}.svg"
    made = as_svg(PICTURES / f"{name}.ansi", "tai2")
    if os.environ.get("TAI2_RENEW_PICTURES"):
        kept.write_text(made, encoding="utf-8")
    assert kept.read_text(encoding="utf-8") == made, "renew it: TAI2_RENEW_PICTURES=1"


@pytest.mark.parametrize("name", ["live-120x40", "ta-120x40"])
def test_the_drawing_refers_to_nothing_outside(name: str) -> None:
    text = as_svg(PICTURES / f"{name}.ansi", "tai2")
    addresses = [part.split('"')[0] for part in text.split("http")[1:]]
    assert [each for each in addresses if "w3.org" not in each and "textualize" not in each] == []
