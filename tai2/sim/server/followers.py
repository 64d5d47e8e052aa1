"""Who follows which topic: the register between sessions and the feeds.

The request desk adds and removes, the feeds send. It keeps the order of subscribing and must
never hold a session that has ended.
"""

from collections.abc import Mapping, Sequence
from functools import partial

import msgspec

from tai2.sim.server.faults import Faults
from tai2.sim.server.session import Session
from tai2.sim.server.topics import Topic


def frame(arg: Mapping[str, str], rows: Sequence[object], extra: Mapping[str, object]) -> str:
    """Return a data frame: extra members (action, eventType) stand beside arg and data."""
    return msgspec.json.encode({"arg": arg, **extra, "data": rows}).decode()


class Followers:
    """Topics with their sessions, in order of subscribing."""

    def __init__(self, faults: Faults) -> None:
        self._faults = faults
        self._sessions: dict[Topic, dict[Session, None]] = {}

    def add(self, topic: Topic, session: Session) -> None:
        """Let a session follow a topic."""
        self._sessions.setdefault(topic, {})[session] = None

    def remove(self, topic: Topic, session: Session) -> None:
        """End what a session follows under a topic's arg, whatever its interval."""
        for followed in [one for one in self._sessions if one.arg() == topic.arg()]:
            self._drop(followed, session)

    def forget(self, session: Session) -> None:
        """End everything that a session follows."""
        for topic in list(self._sessions):
            self._drop(topic, session)

    def _drop(self, topic: Topic, session: Session) -> None:
        self._sessions[topic].pop(session, None)
        if not self._sessions[topic]:
            del self._sessions[topic]

    def topics(self, channel: str) -> list[Topic]:
        """Return the topics of a channel that somebody follows."""
        return [topic for topic in self._sessions if topic.channel == channel]

    def all_topics(self) -> list[Topic]:
        """Return every topic that somebody follows."""
        return list(self._sessions)

    def is_followed(self, topic: Topic) -> bool:
        """Tell whether anybody follows exactly this topic."""
        return topic in self._sessions

    def connections(self, channel: str) -> int:
        """Return how many connections follow a channel under any topic, others' included."""
        own = len({one for topic in self.topics(channel) for one in self._sessions[topic]})
        return own + self._faults.others_connected[channel]

    def follows(self, channel: str, session: Session) -> bool:
        """Tell whether a session follows a channel under any topic."""
        return any(session in self._sessions[topic] for topic in self.topics(channel))

    def send(self, topic: Topic, text: str) -> None:
        """Push a frame to everybody who follows a topic, unless a push fault strikes it."""
        self._faults.pushes.pass_on(topic.channel, text, partial(self._deliver, topic))

    def _deliver(self, topic: Topic, text: str) -> None:
        for session in list(self._sessions.get(topic, ())):
            session.push(text)
