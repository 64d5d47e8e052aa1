"""Records of what is listed: an instrument's fixed properties and its tiers of margin.

Markets and tests make them, everybody imports them through `records`.
They must stay free of the account and of any price.
"""

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Tier:
    """What a position up to a size must hold."""

    max_sz: Decimal
    """Contracts."""
    mmr: Decimal
    imr: Decimal
    max_lever: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class InstSpec:
    """An instrument's properties; the exchange may list it anew with others."""

    inst_type: str
    """SWAP or SPOT."""
    inst_id: str
    inst_family: str
    base_ccy: str
    quote_ccy: str
    settle_ccy: str
    """"" for SPOT."""
    ct_val: Decimal
    ct_mult: Decimal
    ct_val_ccy: str
    ct_type: str
    """linear, inverse or ""."""
    tick_sz: Decimal
    lot_sz: Decimal
    min_sz: Decimal
    max_lmt_sz: Decimal
    max_mkt_sz: Decimal
    lever: Decimal
    """Largest leverage."""
    group_id: str
    inst_id_code: int
    list_time: int
    """ms UTC."""
    maker_rate: Decimal
    """Positive = charged, fraction of notional."""
    taker_rate: Decimal
    mmr_rate: Decimal
    """Maintenance margin, fraction of notional, of the first tier."""
    state: str = "live"
    """live, or a word of the protocol under which no new order is taken (suspend, preopen…)."""
    tiers: tuple[Tier, ...] = ()
    """Steps of position size, smallest first; () = one tier without an end."""

    @property
    def ct_size(self) -> Decimal:
        """Base currency (linear, SPOT: 1) or USD (inverse) in one contract."""
        return self.ct_val * self.ct_mult

    @property
    def is_spot(self) -> bool:
        """True for a pair of currencies, False for a contract."""
        return self.inst_type == "SPOT"

    @property
    def purse_ccy(self) -> str:
        """Currency in which profit, fees and margin are reckoned; SPOT: the quote."""
        return self.settle_ccy or self.quote_ccy
