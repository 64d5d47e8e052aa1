"""Knobs of the simulator: every trouble by a name and key=value words, in one line of text.

Tests call `SimServer.turn`, the CLI passes --fault, a POST to /control/faults does it at run
time; all three end here. Nothing is turned by chance, and unknown names or words are refused.

Line: NAME [key=value ...]. Requests (path=trade/order method=POST count=1; "*" = any):
  delay seconds= stage=before|after     drop_before · drop_after_accept
  code code=50004 stage= status=        reject code=51008 sub=1001 (row with sCode, not executed)
  http_status status=503 stage=         html status=502 stage=
  truncate keep=20                      drip over=16 (seconds)
Pushes (channel=orders count=1):
  lose_push · dup_push · reorder (count= frames, sent last first) · delay_push seconds=
Books (inst=BTC-USDT-SWAP):
  gap_seq count=1 · reset_seq
Connections (endpoint=public|private|business, "" = all):
  notice64008 after=60 · close code=4004 · cut · silent seconds=40 · conn_count channel= count=30
Venue:
  time_skew ms=45000 · ban_ip on|off · status_event state=ongoing begin=0 end=600 (s from now)
The next orders (count=1):
  partial share=0.5 fills=3 · late_fill ms=3000 · ack_then_cancel
Account and market (inst=):
  hide_order_for ms=3000 · attach_sl_only_on_full on|off · price_jump share=-0.05 · liquidate
  adl (positions of inst closed at the mark) · amend_latency ms=500
  instrument state=suspend tick= lot= min= ct_val= (listed anew, the instruments channel tells)
  foreign_order side= sz= px= · foreign_fill side= sz=
Switches of what the documentation leaves open:
  switch NAME=VALUE (fields of sim/server/switches.Switches and sim/exchange/quirks.Quirks)
"""

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from tai2.model.errors import UsageError
from tai2.sim.exchange.quirks import Partial
from tai2.sim.exchange.records import NewOrder
from tai2.sim.server.faults import Code, Drip, Drop, Fault, Html, Reply, SCode, Stage, Truncate
from tai2.sim.server.push_faults import PushFault, Trouble
from tai2.sim.server.relisting import relist
from tai2.sim.server.words import Words

if TYPE_CHECKING:
    from tai2.sim.exchange.exchange import Exchange
    from tai2.sim.server.faults import Faults
    from tai2.sim.server.hub import Hub

_SWITCHES: Final[Mapping[str, tuple[str, ...]]] = {
    "checksum": ("zero", "legacy", "wrong"),
    "snapshot": ("on", "off"),
    "data_first": ("on", "off"),
    "relogin": ("accept", "refuse"),
    "overload": ("http", "close"),
    "vip": ("on", "off"),
}
_QUIRKS: Final[Mapping[str, tuple[str, ...]]] = {
    "reduce_only_excess": ("trim", "refuse"),
    "market_rest": ("cancel", "rest"),
    "tick_code": ("51150", "51000"),
    "no_px_code": ("51204", "51000"),
    "attach_on": ("ended", "full"),
    "timer_algos": ("survive", "cancel"),
}


Jump = Callable[[str, Decimal], None]
Knob = Callable[["Knobs", Words], None]


class Knobs:
    """Turns knobs of one server."""

    def __init__(self, faults: "Faults", hub: "Hub", exchange: "Exchange") -> None:
        self.faults = faults
        self.hub = hub
        self.exchange = exchange
        self.jump: Jump = exchange.jump
        """Moves a market by a share; whoever runs a market puts it in here."""

    def turn(self, line: str) -> None:
        """Do what one line says.

        Raises:
            UsageError: Unknown name or word, or a value that can't be read.
        """
        name, *parts = line.split()
        knob = KNOBS.get(name)
        if knob is None:
            raise UsageError(f"unknown fault {name!r}", f"one of {', '.join(sorted(KNOBS))}")
        pairs = (part.partition("=") for part in parts)
        words = Words(name, {key if eq else "": text if eq else key for key, eq, text in pairs})
        knob(self, words)
        words.finish()

    def clear(self) -> None:
        """Disarm everything and set every switch to its default."""
        self.faults.clear()
        self.exchange.quirks.reset()

    def armed(self) -> list[str]:
        """Describe what still waits for its request or frame."""
        return [repr(one) for one in (*self.faults.armed(), *self.faults.pushes.armed())]


def _request(make: Callable[[Words], Reply | None], stage: str = "") -> Knob:
    """Return a knob that arms a REST fault; a stage given can't be chosen by a word."""

    def knob(knobs: Knobs, words: Words) -> None:
        fault = Fault(
            method=words.text("method", "POST"),
            path=words.text("path", "trade/order"),
            stage=Stage(stage or words.one_of("stage", ("before", "after"), "before")),
            reply=make(words),
            delay_s=float(words.number("seconds", "0")),
            count=words.whole("count", "1"),
        )
        knobs.faults.arm(fault)

    return knob


def _drip(words: Words) -> Drip:
    return Drip(seconds=float(words.number("over", "16")))


def _code(words: Words) -> Code:
    return Code(words.text("code"), status=words.whole("status", "0"))


def _push(trouble: Trouble) -> Knob:
    def knob(knobs: Knobs, words: Words) -> None:
        fault = PushFault(
            channel=words.text("channel", "orders"),
            trouble=trouble,
            count=words.whole("count", "2" if trouble is Trouble.REORDER else "1"),
            delay_s=float(words.number("seconds", "1")) if trouble is Trouble.DELAY else 0.0,
        )
        knobs.faults.pushes.arm(fault)

    return knob


def _inst(knobs: Knobs, words: Words) -> str:
    listed = tuple(spec.inst_id for spec in knobs.exchange.specs())
    return words.one_of("inst", listed, listed[0])


def _gap(knobs: Knobs, words: Words) -> None:
    knobs.faults.skip_book_updates(_inst(knobs, words), words.whole("count", "1"))


def _reset(knobs: Knobs, words: Words) -> None:
    knobs.exchange.restart_sequence(_inst(knobs, words))


def _notice(knobs: Knobs, words: Words) -> None:
    knobs.hub.announce_upgrade(close_after_s=float(words.number("after", "60")))


def _close(knobs: Knobs, words: Words) -> None:
    knobs.hub.close_all(words.whole("code", "4004"), words.text("endpoint", ""))


def _cut(knobs: Knobs, words: Words) -> None:
    knobs.hub.drop(words.text("endpoint", ""))


def _silent(knobs: Knobs, words: Words) -> None:
    knobs.hub.mute(float(words.number("seconds", "40")), words.text("endpoint", ""))


def _conn_count(knobs: Knobs, words: Words) -> None:
    knobs.faults.others_connected[words.text("channel", "orders")] = words.whole("count", "30")


def _skew(knobs: Knobs, words: Words) -> None:
    knobs.faults.skew_ms = words.whole("ms")


def _ban(knobs: Knobs, words: Words) -> None:
    knobs.faults.banned = words.is_on()


def _status(knobs: Knobs, words: Words) -> None:
    states = ("scheduled", "ongoing", "pre_open", "completed", "canceled")
    now_ms = knobs.exchange.now_ms
    knobs.hub.announce_maintenance(
        {
            "title": words.text("title", "Simulated maintenance"),
            "state": words.one_of("state", states, "scheduled"),
            "begin": str(now_ms + 1000 * words.whole("begin", "0")),
            "end": str(now_ms + 1000 * words.whole("end", "600")),
            "preOpenBegin": "",
            "href": "",
            "serviceType": words.text("service", "5"),
            "system": "unified",
            "scheDesc": "",
            "maintType": "1",
            "env": "1",
            "ts": str(now_ms),
        }
    )


def _partial(knobs: Knobs, words: Words) -> None:
    one = Partial(share=words.number("share", "0.5"), fills=words.whole("fills", "1"))
    knobs.exchange.quirks.partials += [one] * words.whole("count", "1")


def _late(knobs: Knobs, words: Words) -> None:
    knobs.exchange.quirks.late_ms += [words.whole("ms", "3000")] * words.whole("count", "1")


def _vanish(knobs: Knobs, words: Words) -> None:
    knobs.exchange.quirks.vanishing += words.whole("count", "1")


def _hide(knobs: Knobs, words: Words) -> None:
    knobs.exchange.quirks.hide_order_ms = words.whole("ms", "3000")


def _attach(knobs: Knobs, words: Words) -> None:
    knobs.exchange.quirks.attach_on = "full" if words.is_on() else "ended"


def _jump(knobs: Knobs, words: Words) -> None:
    knobs.jump(_inst(knobs, words), words.number("share"))


def _liquidate(knobs: Knobs, _words: Words) -> None:
    knobs.exchange.liquidate()


def _amend_latency(knobs: Knobs, words: Words) -> None:
    knobs.exchange.quirks.amend_ms = words.whole("ms", "500")


def _foreign(ord_type: str) -> Knob:
    def knob(knobs: Knobs, words: Words) -> None:
        order = NewOrder(
            inst_id=_inst(knobs, words),
            side=words.one_of("side", ("buy", "sell"), "buy"),
            ord_type=ord_type,
            sz=words.number("sz", "1"),
            px=words.number("px") if ord_type == "limit" else None,
        )
        ack = knobs.exchange.place(order)
        if ack.s_code != "0":
            raise UsageError(f"the exchange refused: {ack.s_code} {ack.s_msg}", "mend the order")

    return knob


def _switch(knobs: Knobs, words: Words) -> None:
    for key in words.keys():  # noqa: SIM118 - not a mapping
        if key in _SWITCHES:
            setattr(knobs.faults.switches, key, words.one_of(key, _SWITCHES[key]))
        elif key in _QUIRKS:
            setattr(knobs.exchange.quirks, key, words.one_of(key, _QUIRKS[key]))


KNOBS: Final[Mapping[str, Knob]] = {
    "delay": _request(lambda _words: None),
    "drop_before": _request(lambda _words: Drop(), "before"),
    "drop_after_accept": _request(lambda _words: Drop(), "after"),
    "code": _request(_code),
    "reject": _request(lambda w: SCode(w.text("code"), w.text("sub", "")), "before"),
    "http_status": _request(lambda w: Html(status=w.whole("status"))),
    "html": _request(lambda w: Html(status=w.whole("status", "502"))),
    "truncate": _request(lambda w: Truncate(keep=w.whole("keep", "20")), "after"),
    "drip": _request(_drip, "after"),
    "lose_push": _push(Trouble.LOSE),
    "dup_push": _push(Trouble.DUPLICATE),
    "reorder": _push(Trouble.REORDER),
    "delay_push": _push(Trouble.DELAY),
    "gap_seq": _gap,
    "reset_seq": _reset,
    "notice64008": _notice,
    "close": _close,
    "cut": _cut,
    "silent": _silent,
    "conn_count": _conn_count,
    "time_skew": _skew,
    "ban_ip": _ban,
    "status_event": _status,
    "partial": _partial,
    "late_fill": _late,
    "ack_then_cancel": _vanish,
    "hide_order_for": _hide,
    "attach_sl_only_on_full": _attach,
    "price_jump": _jump,
    "liquidate": _liquidate,
    "adl": lambda knobs, words: knobs.exchange.deleverage(_inst(knobs, words)),
    "amend_latency": _amend_latency,
    "instrument": lambda knobs, words: relist(knobs.exchange, _inst(knobs, words), words),
    "foreign_order": _foreign("limit"),
    "foreign_fill": _foreign("market"),
    "switch": _switch,
}
