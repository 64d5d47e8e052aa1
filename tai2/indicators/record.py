"""The reasoner's own record as facts: [self.*], citable like any other.

The desk adds them to a snapshot's features. They come from scored forecasts only, and are
left out while there are none: no record is not a record of 0.
"""

from decimal import Decimal

from tai2.model.decision import Fact, Features
from tai2.model.forecast import Calibration
from tai2.model.snapshot import Freshness


def with_record(features: Features, calibration: Calibration) -> Features:
    """Return the features with self.n, self.brier_p_up and self.bias behind them."""
    brier, bias = calibration.brier, calibration.bias
    if brier is None or bias is None:
        return features
    texts = {
        "self.n": str(calibration.count),
        "self.brier_p_up": f"{brier:.3f}",
        "self.bias": f"{bias:+.3f}",
    }
    own = {metric: _fact(metric, text) for metric, text in texts.items()}
    return Features(facts={**features.facts, **own}, series=features.series)


def _fact(metric: str, text: str) -> Fact:
    return Fact(
        metric=metric,
        text=text,
        number=Decimal(text),
        unit="",
        age_ms=None,
        freshness=Freshness.FRESH,
    )
