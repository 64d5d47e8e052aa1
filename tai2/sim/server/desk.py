"""The request desk of the WebSocket side: login, subscribe, unsubscribe, orders, ping.

Every session hands its text frames here. Each arg is acknowledged or refused by itself; a
private topic is never opened before login, and nothing a client sends may raise.
"""

from collections.abc import Mapping
from typing import Final

import msgspec

from tai2.sim.server.backend import Backend
from tai2.sim.server.credentials import check_login
from tai2.sim.server.followers import Followers
from tai2.sim.server.private_feed import PrivateFeed
from tai2.sim.server.public_feed import PublicFeed
from tai2.sim.server.rates import Rates
from tai2.sim.server.refusals import ApiRefusal
from tai2.sim.server.session import LOGIN_FAILED, Session
from tai2.sim.server.topics import CHANNELS, COUNTED, VIP_BOOKS, Topic, read_topic
from tai2.sim.server.ws_orders import OPS, operate

MAX_CONNECTIONS: Final = 30
"""Connections that may follow one private channel."""

Fields = Mapping[str, object]


class RequestDesk:
    """Answers what sessions ask."""

    def __init__(
        self,
        backend: Backend,
        feeds: tuple[Followers, PublicFeed, PrivateFeed],
        rates: Rates | None,
        ops_per_hour: int,
    ) -> None:
        self._backend = backend
        self._rates = rates
        self._ops_per_hour = ops_per_hour
        self._followers, self._public, self._private = feeds

    def receive(self, session: Session, text: str) -> None:
        """Answer one text frame."""
        if text == "ping":
            session.push("pong")
            return
        fields = _decoded(text)
        try:
            self._answer(session, fields, text)
        except ApiRefusal as refusal:
            session.tell(_error(fields, refusal))

    def _answer(self, session: Session, fields: Fields, text: str) -> None:
        op, args = str(fields.get("op") or ""), fields.get("args")
        if not op:
            raise ApiRefusal("60012", text)
        if op in OPS and session.endpoint == "private":
            self._operate(session, fields)
            return
        if op not in ("login", "subscribe", "unsubscribe"):
            raise ApiRefusal("60019", op)
        if not isinstance(args, list) or not args or not all(isinstance(a, dict) for a in args):
            raise ApiRefusal("60012", text)
        if not session.count_op(self._ops_per_hour):
            raise ApiRefusal("60014")
        if op == "login":
            self._login(session, fields, args[0])
            return
        for arg in args:
            self._turn(session, fields, arg)

    def _operate(self, session: Session, fields: Fields) -> None:
        if not session.logged_in:
            raise ApiRefusal("60011")
        session.push(msgspec.json.encode(operate(self._backend, self._rates, fields)).decode())

    def _login(self, session: Session, fields: Fields, account: Fields) -> None:
        faults = self._backend.faults
        if faults.banned:
            session.tell(_error(fields, ApiRefusal("60009")))
            session.close(LOGIN_FAILED)
            return
        if session.logged_in and faults.switches.relogin == "refuse":
            raise ApiRefusal("60031")
        check_login(self._backend.key, account, self._backend.now_ms())
        session.logged_in = True
        session.tell(_with_id(fields, {"event": "login", "code": "0", "msg": ""}))

    def _turn(self, session: Session, fields: Fields, arg: Fields) -> None:
        try:
            topic = self._permitted(session, arg)
        except ApiRefusal as refusal:
            session.tell(_error(fields, refusal))
            return
        echo = {name: member for name, member in arg.items() if name != "extraParams"}
        acknowledgement = _with_id(fields, {"event": fields["op"], "arg": echo})
        self._followers.remove(topic, session)
        if fields["op"] != "subscribe":
            session.tell(acknowledgement)
        elif self._backend.faults.switches.data_first == "on":
            self._open(session, topic)
            session.tell(acknowledgement)
        else:
            session.tell(acknowledgement)
            self._open(session, topic)

    def _permitted(self, session: Session, arg: Fields) -> Topic:
        topic = read_topic(arg, session.endpoint, self._backend)
        if CHANNELS[topic.channel].login and not session.logged_in:
            raise ApiRefusal("60011")
        return topic

    def _open(self, session: Session, topic: Topic) -> None:
        if topic.channel in COUNTED and not self._counted(session, topic.channel):
            return
        private = CHANNELS[topic.channel].login and topic.channel not in VIP_BOOKS
        feed: PublicFeed | PrivateFeed = self._private if private else self._public
        first = feed.first_frame(topic)
        self._followers.add(topic, session)
        if first is not None:
            session.push(first)

    def _counted(self, session: Session, channel: str) -> bool:
        if self._followers.follows(channel, session):
            return True
        count = self._followers.connections(channel)
        is_free = count < MAX_CONNECTIONS
        session.tell(
            {
                "event": "channel-conn-count" if is_free else "channel-conn-count-error",
                "channel": channel,
                "connCount": str(count + 1 if is_free else count),
            }
        )
        return is_free


def _decoded(text: str) -> Fields:
    try:
        fields = msgspec.json.decode(text)
    except msgspec.DecodeError:
        return {}
    return fields if isinstance(fields, dict) else {}


def _error(fields: Fields, refusal: ApiRefusal) -> dict[str, object]:
    event: dict[str, object] = {"event": "error", "code": refusal.code, "msg": refusal.text}
    return _with_id(fields, event)


def _with_id(fields: Fields, event: dict[str, object]) -> dict[str, object]:
    return {"id": fields["id"], **event} if fields.get("id") else event
