"""The knob that lists an instrument anew: suspended, with another tick, lot, minimum or multiplier.

`knobs` turns it. What isn't named stays as it is; the exchange tells every follower.
"""

from dataclasses import replace
from typing import Final

from tai2.sim.exchange.exchange import Exchange
from tai2.sim.server.words import Words

STATES: Final = ("live", "suspend", "preopen", "rebase", "post_only", "test", "settling")


def relist(exchange: Exchange, inst_id: str, words: Words) -> None:
    """Change an instrument as the words say.

    Raises:
        UsageError: A word that can't be read.
    """
    spec = next(one for one in exchange.specs() if one.inst_id == inst_id)
    exchange.relist(
        replace(
            spec,
            state=words.one_of("state", STATES, spec.state),
            tick_sz=words.number("tick", str(spec.tick_sz)),
            lot_sz=words.number("lot", str(spec.lot_sz)),
            min_sz=words.number("min", str(spec.min_sz)),
            ct_val=words.number("ct_val", str(spec.ct_val)),
        )
    )
