"""Our indicators against upstream pandas-ta and TA-Lib on real candles (see golden/README.md)."""

import json
import warnings
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tai2.indicators.columns import columns_of
from tai2.indicators.library import Library, choose, pandas_ta
from tai2.indicators.technical import WINDOW, technical_set
from tai2.model.errors import ConfigError
from tai2.model.ids import InstId
from tai2.model.market import Bar, Candle
from tai2.model.money import BaseQty, Px
from tai2.model.snapshot import TechnicalSet

GOLDEN: dict[str, Any] = json.loads((Path(__file__).parent / "golden" / "golden.json").read_text())
CASES = [(case["end"], case[library], library) for case in GOLDEN["cases"]
         for library in ("pandas_ta", "talib")]  # fmt: skip


def candle(row: list[Any]) -> Candle:
    ts, opened, high, low, close, volume = row
    return Candle(
        inst_id=InstId("BTC-USDT-SWAP"),
        ts_event=ts,
        ts_recv=ts,
        bar=Bar.M5,
        open_px=Px(Decimal(opened)),
        high_px=Px(Decimal(high)),
        low_px=Px(Decimal(low)),
        close_px=Px(Decimal(close)),
        base_vol=BaseQty(Decimal(volume)),
        is_closed=True,
    )


@pytest.fixture(params=list(Library))
def library(request: pytest.FixtureRequest) -> Iterator[Library]:
    """Compute with a library; upstream is there where somebody installed it."""
    try:
        choose(request.param)
    except ConfigError as exc:
        pytest.skip(f"{exc.message} (upstream needs Python 3.12 or newer)")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        pandas_ta()
    yield request.param
    choose(Library.CLASSIC)


@pytest.mark.parametrize(
    ("end", "golden"),
    [case[:2] for case in CASES],
    ids=[f"against {other} to {end}" for end, _, other in CASES],
)
def test_figures_agree_with_other_libraries(
    library: Library, end: int, golden: dict[str, float]
) -> None:
    found = technical_set(Bar.M5, columns_of([candle(row) for row in GOLDEN["bars"][:end]]))
    assert found.bars == WINDOW
    ours = {name: getattr(found, name) for name in golden}
    assert ours == pytest.approx(golden, rel=1e-9, abs=0)


def test_every_figure_has_a_golden_value() -> None:
    figures = set(TechnicalSet.__dataclass_fields__) - {"bar", "bars", "closes", "close"}
    assert {name for _, golden, _ in CASES for name in golden} == figures


def test_library_that_is_missing_is_named_with_the_way_to_get_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("tai2.indicators.library.find_spec", lambda _name: None)
    with pytest.raises(ConfigError, match="library is pandas-ta, which isn't") as caught:
        choose(Library.UPSTREAM)
    assert "pip install pandas-ta" in caught.value.hint
    assert "pandas-ta-classic" in caught.value.hint
